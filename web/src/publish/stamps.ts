/**
 * When what a device captured was captured. Everything that is sent is stamped with it, in show time.
 *
 * Browsers stamp what they capture with clocks of their own: Chromium sound with the page's clock and pictures with the system's, Safari
 * with a time since the track began. What is not near the page's clock is led over to it: no stamp can be later than its arrival, so the
 * least (arrival - stamp) of a while is how far the two are apart, and the shortest way through the browser. `Shown` takes that out.
 */

/** A stamp that is this near to the page's clock is of the page's clock (µs). */
const NEAR = 2e6;
/** How long the least way is remembered (µs); between once and twice as long. */
const WINDOW = 10e6;

export class Stamps {
  #least = Number.POSITIVE_INFINITY;
  #before = Number.POSITIVE_INFINITY;
  #since = Number.NEGATIVE_INFINITY;
  /** Page's clock less the device's, where it is known exactly (µs). */
  exact: number | undefined;

  /** The page's time (µs) at which that was captured which has this `stamp` (µs) and came at `arrival`. */
  at(stamp: number, arrival: number): number {
    const apart = arrival - stamp;
    if (Math.abs(apart) < NEAR) return Math.min(stamp, arrival);
    if (arrival - this.#since > WINDOW) {
      this.#before = this.#least;
      this.#least = apart;
      this.#since = arrival;
    }
    this.#least = Math.min(this.#least, apart);
    return Math.min(arrival, stamp + (this.exact ?? this.offset));
  }

  /** Page's clock less the device's, and the shortest way through the browser (µs). */
  get offset(): number {
    return Math.min(this.#least, this.#before);
  }
}

/** So many frames are compared, and so many must agree. */
const KEPT = 40;
const AGREE = 6;
/** How well (µs): browsers round to 100 µs. */
const CLOSE = 300;
/** No frame takes longer through the browser (µs). */
const LONGEST = 120_000;

/**
 * Where a video element that shows the same track says when its frames were captured (`captureTime` of `requestVideoFrameCallback`), this
 * finds how the device's clock and the page's are apart: cameras are never quite even, so there is one offset with which every frame
 * that is shown is one that was read.
 */
export class Shown {
  #stamps: number[] = [];
  #found: { offset: number; count: number }[] = [];

  /** A frame with this stamp (µs) was read. */
  read(stamp: number): void {
    this.#stamps.push(stamp);
    if (this.#stamps.length > KEPT) this.#stamps.shift();
  }

  /** A frame was shown that was captured at this time of the page (µs); `most`: no offset is above. */
  shown(captured: number, most: number): void {
    for (const stamp of this.#stamps) {
      const offset = captured - stamp;
      if (offset > most + CLOSE || offset < most - LONGEST) continue;
      const same = this.#found.find((one) => Math.abs(one.offset - offset) < CLOSE);
      if (same) same.count += 1;
      else this.#found.push({ offset, count: 1 });
    }
  }

  /** Page's clock less the device's (µs), once frames agree; of several that fit as well, the shortest way. */
  get offset(): number | undefined {
    const best = [...this.#found].sort((a, b) => b.count - a.count || b.offset - a.offset)[0];
    return best && best.count >= AGREE ? best.offset : undefined;
  }
}

/** A stamp that is this far from where it should be is believed at once (µs); what is nearer is led there slowly. */
const JUMP = 15_000;
const PULL = 0.05;

/** Stamps of sound that come evenly: they go on by what was played, and are drawn to the measured time, so that neither jitter nor a wrong sample rate adds up. */
export class Even {
  #next: number | undefined;

  /** `measured`: when the first of these `span` µs of sound was captured. */
  at(measured: number, span: number): number {
    const expected = this.#next ?? measured;
    const off = measured - expected;
    const at = Math.abs(off) > JUMP ? measured : expected + off * PULL;
    this.#next = at + span;
    return at;
  }
}
