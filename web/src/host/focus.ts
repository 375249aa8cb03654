import type { LitElement } from "lit";

/** When a row goes that has the focus, the one in its place gets it; when there is none, the head of the list. */
export class Focus {
  #at = -1;
  #row: Element | undefined;

  constructor(
    readonly host: LitElement,
    readonly rows: string,
    readonly head: string,
  ) {}

  before(): void {
    const root = this.host.renderRoot as ShadowRoot;
    this.#row = root.activeElement?.closest(this.rows) ?? undefined;
    this.#at = this.#row ? this.#all().indexOf(this.#row as HTMLElement) : -1;
  }

  after(): void {
    if (this.#at < 0 || this.#row?.isConnected) return;
    const all = this.#all();
    const row = all[Math.min(this.#at, all.length - 1)];
    const to = row?.querySelector<HTMLElement>("button") ?? row;
    (to ?? this.host.renderRoot.querySelector<HTMLElement>(this.head))?.focus();
  }

  #all(): HTMLElement[] {
    return [...this.host.renderRoot.querySelectorAll<HTMLElement>(this.rows)];
  }
}
