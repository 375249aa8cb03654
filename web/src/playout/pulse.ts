/** Tells when a page itself is late: what comes to it then is not late by the network's doing. All in ms. */

/** A timer beats this often; when it is that late, the page stood still. */
export const BEAT = 50;
const LATE = 120;

export class Pulse {
  #last = 0;
  #until = 0;

  /** The timer beats. */
  beat(now: number): void {
    this.#look(now);
    this.#last = now;
  }

  /** Whether the page is late, or was until a moment ago: what has waited meanwhile comes for as long as it stood. */
  late(now: number): boolean {
    this.#look(now);
    return now < this.#until;
  }

  #look(now: number): void {
    const passed = this.#last ? now - this.#last : 0;
    if (passed < LATE) return;
    this.#until = now + passed;
    this.#last = now;
  }
}
