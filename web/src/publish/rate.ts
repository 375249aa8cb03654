/** Over how long a rate is taken (ms). */
const SPAN = 3_000;

/** Bits a second out of a count of bytes that only grows. */
export class Rate {
  #points: [now: number, bytes: number][] = [];

  /** `bytes` at `now` (ms). */
  of(now: number, bytes: number): number {
    this.#points.push([now, bytes]);
    while (this.#points[1] && now - this.#points[1][0] >= SPAN) this.#points.shift();
    const [first] = this.#points;
    const span = first ? now - first[0] : 0;
    return span > 0 && first ? ((bytes - first[1]) * 8_000) / span : 0;
  }
}
