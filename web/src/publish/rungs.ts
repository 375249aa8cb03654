/** How much is sent: less as soon as the machine or the way up cannot keep up, more again carefully. */

/** One rendition: a fraction of the picture's size, its rate (bit/s), its frames a second at the most. */
export interface Rung {
  shrink: number;
  bitrate: number;
  fps: number;
}

/** What is encoded on a step: the picture in full where there is room for it, and always a small one. */
export interface Step {
  full?: Rung;
  small: Rung;
}

const SMALL: Rung = { shrink: 4, bitrate: 250_000, fps: 30 };

export const STEPS: readonly Step[] = [
  { full: { shrink: 1, bitrate: 2_000_000, fps: 30 }, small: SMALL },
  { full: { shrink: 1, bitrate: 1_200_000, fps: 30 }, small: SMALL },
  { full: { shrink: 2, bitrate: 600_000, fps: 30 }, small: { ...SMALL, bitrate: 150_000 } },
  { small: { shrink: 2, bitrate: 300_000, fps: 20 } },
  { small: { shrink: 4, bitrate: 120_000, fps: 15 } },
];

/** How it goes: the share of frames that the encoder had no time for, and how much waits to be sent (ms). */
export interface Load {
  dropped: number;
  backlog: number;
}

/** More is too much; much more is two steps too much. */
const DROPPED = 0.2;
const BACKLOG = 400;
const FLOOD = 1_000;
/** So often in a row must it be too much. */
const TWICE = 2;
/** How long all must be well before more is tried (ms); longer each time that it was in vain. */
const CALM = 10_000;
const MOST = 120_000;
/** After a step it takes a while until what was on the way is gone (ms). */
const SETTLE = 3_000;
/** A step up has held when it lasted this long (ms). */
const HELD = 15_000;

export class Ladder {
  step = 0;
  #bad = 0;
  #wait = CALM;
  #since: number | undefined;
  #raised = Number.NEGATIVE_INFINITY;
  #changed = Number.NEGATIVE_INFINITY;

  /** Looks at the last second at `now` (ms). Whether the step has changed. */
  look(now: number, load: Load): boolean {
    this.#since ??= now;
    if (now - this.#changed < SETTLE) return false;
    const worse = load.dropped > DROPPED || load.backlog > BACKLOG;
    this.#bad = worse ? this.#bad + 1 : 0;
    if (this.#bad >= TWICE) return this.#down(now, load.backlog > FLOOD ? 2 : 1);
    if (worse) this.#since = now;
    if (this.step === 0 || now - this.#since < this.#wait) return false;
    this.step -= 1;
    this.#raised = this.#changed = this.#since = now;
    return true;
  }

  #down(now: number, steps: number): boolean {
    const last = STEPS.length - 1;
    const was = this.step;
    this.step = Math.min(last, was + steps);
    this.#wait = now - this.#raised < HELD ? Math.min(MOST, this.#wait * 2) : CALM;
    this.#bad = 0;
    this.#changed = this.#since = now;
    return this.step !== was;
  }
}

/** The size of a rendition: even, as H.264 wants it. */
export const shrunk = (size: number, shrink: number): number =>
  Math.max(2, 2 * Math.round(size / shrink / 2));

/** The codec string of constrained baseline H.264 for this size: the least level that bears it (ITU-T H.264, table A-1). */
export function avc(width: number, height: number, fps: number): string {
  const blocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const rate = blocks * fps;
  const level = LEVELS.find((one) => blocks <= one.blocks && rate <= one.rate)?.level ?? 51;
  return `avc1.42e0${level.toString(16).padStart(2, "0")}`;
}

const LEVELS = [
  { level: 30, blocks: 1_620, rate: 40_500 },
  { level: 31, blocks: 3_600, rate: 108_000 },
  { level: 40, blocks: 8_192, rate: 245_760 },
  { level: 42, blocks: 8_704, rate: 522_240 },
  { level: 51, blocks: 36_864, rate: 983_040 },
];
