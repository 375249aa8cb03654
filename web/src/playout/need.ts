/**
 * What this viewer's network needs: the delay at which nearly every frame is there in time.
 *
 * How late each frame came, show time of its arrival minus its stamp; of the last seconds the delay that all but a few kept to, and a
 * margin for the decoder and the screen. All in ms.
 */

/** Long enough that one bad moment now and then weighs the same whenever one looks. */
const WINDOW = 60_000;
const SHARE = 0.98;
/** A decoded frame, and the refresh of the screen that it waits for. */
const MARGIN = 30;
/** Not before so many frames is anything known. */
const ENOUGH = 20;
const AGAIN = 1_000;
/** While a page loads and the first group comes in one go frames are late as they never are again (ms): counted until others have come. */
const BEGIN = 2_000;

export class Need {
  #late: { at: number; by: number }[] = [];
  #from: number | undefined;
  #value = 0;
  #counted = 0;

  /** A frame of this stamp came at show time `now`. What was made before the first one came is from the store, not the network. */
  came(stamp: number, now: number): void {
    this.#from ??= now;
    if (stamp >= this.#from - MARGIN) this.#late.push({ at: now, by: now - stamp });
  }

  /** The delay needed (ms); 0: not known yet. */
  value(now: number): number {
    if (now - this.#counted < AGAIN) return this.#value;
    this.#counted = now;
    const begun = (this.#from ?? now) + BEGIN;
    const since = Math.max(now - WINDOW, now > begun + BEGIN ? begun : 0);
    const first = this.#late.findIndex((one) => one.at > since);
    this.#late = first < 0 ? [] : this.#late.slice(first);
    if (this.#late.length < ENOUGH) return this.#value;
    const sorted = this.#late.map((one) => one.by).sort((a, b) => a - b);
    this.#value = (sorted[Math.floor((sorted.length - 1) * SHARE)] ?? 0) + MARGIN;
    return this.#value;
  }

  /** Whether frames have come for so long that those of the beginning count no more. */
  settled(now: number): boolean {
    return this.#value > 0 && this.#from !== undefined && now > this.#from + 2 * BEGIN;
  }

  /** Another network: what was learned counts no more. */
  forget(): void {
    this.#late = [];
    this.#from = undefined;
  }
}
