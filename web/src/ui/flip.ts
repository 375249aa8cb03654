import type { LitElement } from "lit";

/**
 * Rows that move from where they were to where they are (FLIP: first, last, invert, play; Paul Lewis, 2015). A row that comes in
 * anew starts as many places off as its `data-moved` says. Does nothing where people asked for less motion.
 */
export class Flip {
  #tops = new Map<string, number>();
  #known = false;

  constructor(
    readonly host: LitElement,
    readonly rows: string,
  ) {}

  before(): void {
    if (!this.host.hasUpdated) return;
    this.#known = true;
    this.#tops = new Map(this.#all().map((row) => [row.dataset["key"] ?? "", row.offsetTop]));
  }

  after(): void {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const all = this.#all();
    const step = (all[1]?.offsetTop ?? 0) - (all[0]?.offsetTop ?? 0) || 48;
    for (const [place, row] of all.entries()) this.#move(row, place, step);
  }

  #move(row: HTMLElement, place: number, step: number): void {
    const before = this.#tops.get(row.dataset["key"] ?? "");
    const places = Number(row.dataset["moved"] ?? 0);
    if (before === undefined && this.#known) {
      row.animate([{ opacity: 0, transform: "translateY(40%)" }, {}], { duration: 300, easing: "ease-out" });
      return;
    }
    const shift = before === undefined ? places * step : before - row.offsetTop;
    if (!shift) return;
    const delay = before === undefined ? 500 + place * 40 : 0;
    row.style.zIndex = shift > 0 ? "1" : "0";
    row.animate([{ transform: `translateY(${shift}px)` }, { transform: "none" }], {
      duration: 700,
      delay,
      fill: "backwards",
      easing: "cubic-bezier(0.3, 0.9, 0.3, 1)",
    });
  }

  #all(): HTMLElement[] {
    return [...this.host.renderRoot.querySelectorAll<HTMLElement>(`${this.rows}[data-key]`)];
  }
}
