/**
 * How long a browser's jitter buffer is to hold frames back, so that they are seen at the wanted delay: it is told a target, what it
 * makes of it is measured, and the target corrected. All in ms.
 */

/** The most that `jitterBufferTarget` takes (https://w3c.github.io/webrtc-extensions/#dom-rtcrtpreceiver-jitterbuffertarget). */
const MOST = 4_000;
/** A buffer takes so long to get where it is told to. */
const EACH = 600;
/** Nearer than a refresh of the display it does not get. */
const NEAR = 15;
const SHARE = 0.7;
const SAMPLES = 31;

export class Hold {
  /** What the buffer is to be told. */
  target = 0;
  #seen: number[] = [];
  #at = Number.NEGATIVE_INFINITY;

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
    const off = wanted - this.delay;
    if (Math.abs(off) < NEAR) return false;
    const target = Math.round(Math.max(0, Math.min(MOST, this.target + off * SHARE)));
    const other = target !== this.target;
    this.target = target;
    this.#at = now;
    this.#seen = [];
    return other;
  }

  /** Another connection. */
  forget(): void {
    this.#seen = [];
  }
}
