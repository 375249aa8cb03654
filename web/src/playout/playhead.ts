/**
 * Which moment of the show a screen is at: show time minus this screen's delay.
 *
 * The delay is the show's target, so that all screens are in step. A viewer whose network needs more is in the late lane, at what it
 * needs. From one delay to another the playhead slews: it runs a little slower or faster, and never jumps while somebody looks.
 * All in ms.
 */

/** `step`: at the target with all others. `late`: the network needs more than that. `own`: there is no target, or it is not wanted. */
export type Lane = "step" | "late" | "own";

/** How much faster or slower than life the playhead runs while it slews, and how much for a gap that people would notice. */
const CALM = 0.05;
const QUICK = 0.2;
const WIDE = 150;
/** A gap that is not worth slewing over: it is jumped. */
const JUMP = 3_000;
/** To leave the common step a network must need that much more than the target; to come back, less than it. */
const STRAY = 60;
/** How far behind the target the late lane may fall. */
const LATEST = 1_500;
/** A delay of one's own is taken anew when the need is that much off. */
const WORTH = 40;

export class Playhead {
  lane: Lane = "own";
  delay = 0;
  #wanted = 0;
  #moved = 0;

  /** `show`: show time at a local time, both in ms. */
  constructor(readonly show: (local: number) => number) {}

  /** The show's target (0: none), and what this viewer's network needs (0: not known). */
  want(target: number, need: number): void {
    if (target <= 0) {
      this.#own(need, 0);
    } else if (need > target + STRAY || (this.lane === "late" && need > target)) {
      this.#own(Math.min(need, target + LATEST), target);
    } else {
      this.lane = "step";
      this.#wanted = target;
    }
  }

  /** Goes to the wanted delay at once: nobody sees it, or nothing plays yet. */
  jump(): void {
    this.delay = this.#wanted;
  }

  /** Lets the time pass until `local`, and slews. */
  move(local: number): void {
    const gap = this.#wanted - this.delay;
    const passed = Math.max(0, Math.min(local - this.#moved, 1_000));
    this.#moved = local;
    if (Math.abs(gap) > JUMP) {
      this.jump();
      return;
    }
    const most = passed * (Math.abs(gap) > WIDE ? QUICK : CALM);
    this.delay += Math.max(-most, Math.min(most, gap));
  }

  /** The show time (ms) that is to be seen at `local`. */
  at(local: number): number {
    return this.show(local) - this.delay;
  }

  #own(delay: number, target: number): void {
    const lane: Lane = target > 0 ? "late" : "own";
    if (lane !== this.lane || Math.abs(delay - this.#wanted) > WORTH) this.#wanted = delay;
    this.lane = lane;
  }
}
