/**
 * One after another what a seat's pictures come from: another rendition, or the same broadcast again after the connection was lost.
 *
 * The next one takes over with its first frame that is due, and the one before ends only then. What came of one that is over is shown
 * to its end.
 */
import type { Coded } from "./pictures";

export interface Reel {
  put(frame: Coded, whole: boolean): void;
  prepare(position: number): void;
  take(position: number): VideoFrame | undefined;
  trim(position: number): void;
  /** Ends the reading as well. */
  close(): void;
}

export class Reels {
  #reels: Reel[] = [];
  #shown = Number.NEGATIVE_INFINITY;

  /** The next one. Of those that wait for their turn it is the only one. */
  add(reel: Reel): void {
    for (const waiting of this.#reels.splice(1)) waiting.close();
    this.#reels.push(reel);
  }

  /** It has failed. */
  drop(reel: Reel): void {
    this.#reels = this.#reels.filter((one) => one !== reel);
    reel.close();
  }

  /** Decodes what is due soon at `position` (µs). */
  prepare(position: number): void {
    for (const reel of this.#reels) reel.prepare(position);
  }

  /** The newest frame that is due, if it is newer than what was taken before. The taker closes it. */
  take(position: number): VideoFrame | undefined {
    for (let last = this.#reels.length - 1; last >= 0; last -= 1) {
      const frame = this.#reels[last]?.take(position);
      if (!frame) continue;
      if (frame.timestamp > this.#shown) {
        for (const over of this.#reels.splice(0, last)) over.close();
        this.#shown = frame.timestamp;
        return frame;
      }
      // One that begins earlier catches up first.
      frame.close();
    }
    return undefined;
  }

  /** Forgets what is too late to be shown. */
  trim(position: number): void {
    for (const reel of this.#reels) reel.trim(position);
  }

  close(): void {
    for (const reel of this.#reels.splice(0)) reel.close();
  }
}
