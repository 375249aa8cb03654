/**
 * How long a browser's jitter buffer is to hold frames back, so that they are seen at the wanted delay: it is told a target, what it
 * makes of it is measured, and the target corrected. All in ms.
 */

/** The most that `jitterBufferTarget` takes (https://w3c.github.io/webrtc-extensions/#dom-rtcrtpreceiver-jitterbuffertarget). */
const MOST = 4_000;
/** How often it is looked at. A buffer goes where it is told to bit by bit: while it is on its way it is left alone. */
const EACH = 600;
const MOVING = 25;
/** Nearer than a refresh of the display it does not get. */
const NEAR = 15;
const SHARE = 0.7;
const SAMPLES = 31;

export class Hold {
  /** What the buffer is to be told. */
  target = 0;
  #seen: number[] = [];
  #at = Number.NEGATIVE_INFINITY;
  #was = 0;

  /** A frame was seen that much after it was captured. */
  saw(delay: number): void {
    this.#seen.push(delay);
    if (this.#seen.length > SAMPLES) this.#seen.shift();
  }

  /** The delay that frames have (their median); 0: none were seen. */
  get delay(): number {
    return [...this.#seen].sort((a, b) => a - b)[this.#seen.length >> 1] ?? 0;
  }

  /** Steers to a delay. Whether the target is another one now. */
  steer(wanted: number, now: number): boolean {
    if (this.#seen.length < SAMPLES / 2 || now - this.#at < EACH) return false;
    const { delay } = this;
    const moves = Math.abs(delay - this.#was) > MOVING;
    this.#was = delay;
    this.#at = now;
    const off = wanted - delay;
    if (moves || Math.abs(off) < NEAR) return false;
    const target = Math.round(Math.max(0, Math.min(MOST, this.target + off * SHARE)));
    const other = target !== this.target;
    this.target = target;
    this.#seen = [];
    return other;
  }

  /** Another connection. */
  forget(): void {
    this.#seen = [];
    this.#was = 0;
  }
}
