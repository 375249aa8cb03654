/** The display's refreshes: calls what is to be painted, with the time at which it will be seen. All in ms. */

/** A usual display, until the own one is known. */
const USUAL = 1000 / 60;
const SHARE = 0.05;

export class Refresh {
  #length = USUAL;
  #was = 0;
  #next: number;

  /** `paint` is told now, and when what it paints is seen: up to half a refresh early is nearer than a whole one late. */
  constructor(readonly paint: (now: number, seen: number) => void) {
    this.#next = requestAnimationFrame((now) => this.#turn(now));
  }

  close(): void {
    cancelAnimationFrame(this.#next);
  }

  #turn(now: number): void {
    this.#next = requestAnimationFrame((later) => this.#turn(later));
    const passed = now - this.#was;
    this.#was = now;
    if (passed > 2 && passed < 2 * this.#length) this.#length += (passed - this.#length) * SHARE;
    this.paint(now, now + this.#length * 1.5);
  }
}
