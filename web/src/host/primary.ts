import { css, html, LitElement, type PropertyValues } from "lit";
import type { Store } from "../store";
import { t } from "../strings";
import { base, buttons } from "../ui/styles";
import type { DeskMsg } from "../wire";

/** A second press within this time is a slip of the finger, also when the button has changed under it (ms). */
const GUARD = 400;

/** The one big button, at the bottom of the page. Space and enter press it from anywhere but a field or another control. */
export class OqPrimary extends LitElement {
  static override properties = {
    store: { attribute: false },
    desk: { attribute: false },
    guarded: { state: true },
    waiting: { state: true },
  };
  static override styles = [
    base,
    buttons,
    css`
      :host {
        position: fixed;
        z-index: 5;
        inset-block-end: 0;
        inset-inline: 0;
        padding: 0.75rem max(1rem, env(safe-area-inset-right)) max(0.9rem, env(safe-area-inset-bottom)) max(1rem, env(safe-area-inset-left));
        background: var(--bg);
        border-block-start: 1.5px solid var(--line);
      }
      .primary {
        display: block;
        inline-size: min(100%, 44rem);
        margin-inline: auto;
        min-block-size: 4.5rem;
        font-size: 1.5rem;
        letter-spacing: -0.015em;
        line-height: 1.1;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .none {
        border-style: dashed;
        font-size: 1.0625rem;
      }
    `,
  ];

  declare store: Store;
  declare desk: DeskMsg | undefined;
  declare guarded: boolean;
  /** The number of the press that nothing has answered yet; 0: none. */
  declare waiting: number;
  #was = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.#key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.#key);
    clearTimeout(this.#timer);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("desk")) return;
    this.waiting = 0;
    const is = JSON.stringify([this.desk?.primary, this.desk?.primary_segment]);
    if (this.#was && is !== this.#was) this.#guard();
    this.#was = is;
  }

  override render() {
    const { desk } = this;
    if (!desk?.primary) {
      return html`<button class="button primary none" data-testid="primary" disabled>${t(desk?.state === "closed" ? "host.closed" : "host.nothing")}</button>`;
    }
    const lost = this.store.lost?.n === this.waiting;
    const held = this.guarded || (Boolean(this.waiting) && !lost);
    return html`<button class="button primary" data-testid="primary" data-type=${String(desk.primary["type"])} aria-disabled=${held ? "true" : "false"} @click=${this.#press}>
      ${this.#title(desk)}</button>`;
  }

  #title(desk: DeskMsg): string {
    return desk.primary_title || String(desk.primary?.["type"] ?? "");
  }

  #press = (): void => {
    const { desk } = this;
    const lost = this.store.lost?.n === this.waiting;
    if (!desk?.primary || this.guarded || (this.waiting && !lost)) return;
    this.waiting = this.store.act(desk.primary_segment ?? "", desk.primary);
    this.#guard();
  };

  #guard(): void {
    this.guarded = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.guarded = false;
    }, GUARD);
  }

  #key = (event: KeyboardEvent): void => {
    if ((event.key !== " " && event.key !== "Enter") || event.repeat || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.composedPath()[0];
    if (
      at instanceof Element &&
      at !== document.body &&
      at.closest("input, textarea, select, button, a, summary, dialog, [role]")
    )
      return;
    event.preventDefault();
    this.#press();
  };
}

customElements.define("oq-primary", OqPrimary);
