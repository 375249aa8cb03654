/**
 * Show time on a device whose own clock is not trusted.
 *
 * Each exchange on the link gives four timestamps (RFC 5905, section 8): ours of sending and of receiving, the server's of
 * arrival and of answering. The offset of the sample with the smallest error counts: half of its round trip, growing with age.
 */

export interface Sample {
  /** Show time minus local time (µs). */
  offset: number;
  /** Round trip without the server's part (µs). */
  rtt: number;
  /** Local time of the sample (µs). */
  at: number;
}

const KEPT = 24;
/** How fast a cheap quartz may run away: 50 parts in a million. */
const DRIFT = 50e-6;
/** The welcome's `now` is late by an unknown part of the way: any exchange is better. */
const COARSE = 2_000_000;

export class Clock {
  #samples: Sample[] = [];
  #last = 0;

  /** `local`: a local clock in µs that never goes back, such as performance.now() × 1000. */
  constructor(readonly local: () => number) {}

  /** A first guess from the welcome: show time was `now` when it was sent. */
  seed(now: number): void {
    if (this.#samples.length === 0) this.#keep({ offset: now - this.local(), rtt: COARSE, at: this.local() });
  }

  /** One exchange: sent at local `t0`, arrived at show time `t1`, answered at `t2`, received at local `t3`. */
  add(t0: number, t1: number, t2: number, t3: number): void {
    const rtt = Math.max(0, t3 - t0 - (t2 - t1));
    this.#keep({ offset: (t1 - t0 + (t2 - t3)) / 2, rtt, at: t3 });
  }

  /** Show time (µs); 0 before anything is known. Never goes back. */
  now(): number {
    const best = this.#best();
    if (!best) return 0;
    this.#last = Math.max(this.#last, Math.round(this.local() + best.offset));
    return this.#last;
  }

  /** Show time minus local time (µs). */
  get offset(): number {
    return this.#best()?.offset ?? 0;
  }

  /** How wrong the estimate may be (µs). */
  get error(): number {
    const best = this.#best();
    return best ? Math.round(this.#doubt(best)) : 0;
  }

  /** After a sleep of the device the local clock may have stood still: what was learned before counts no more. */
  forget(): void {
    this.#samples = [];
    this.#last = 0;
  }

  #keep(sample: Sample): void {
    this.#samples = [...this.#samples.slice(1 - KEPT), sample];
  }

  #doubt(sample: Sample): number {
    return sample.rtt / 2 + (this.local() - sample.at) * DRIFT;
  }

  #best(): Sample | undefined {
    let best: Sample | undefined;
    for (const sample of this.#samples) if (!best || this.#doubt(sample) < this.#doubt(best)) best = sample;
    return best;
  }
}
