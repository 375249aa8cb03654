/**
 * The one clock of a replay: a position in show time (µs) that stands, or runs at a rate. While a film is on the screen it is led by its
 * frames, so that scenes come with the frame that they belong to.
 */

/** Between two frames the position goes on for no longer than this (ms): a film that waits for the network takes the clock with it. */
const FRAME_MOST = 100;

export class Playhead {
  playing = false;
  rate = 1;
  /** Grows with each jump. */
  jumps = 0;
  #position: number;
  #since = 0;
  #led = false;

  constructor(
    readonly start: number,
    readonly end: number,
  ) {
    this.#position = start;
  }

  /** Where it is at a local time (ms). */
  at(now: number): number {
    if (!this.playing) return this.#position;
    const passed = Math.max(0, now - this.#since) * this.rate;
    const gone = this.#led ? Math.min(passed, FRAME_MOST * this.rate) : passed;
    return Math.min(this.#position + gone * 1000, this.end);
  }

  /** A frame of this moment is on the screen from local time `now` on. */
  lead(position: number, now: number): void {
    this.#led = true;
    this.#set(position, now);
  }

  /** A film is about to lead: it is waited for. */
  await(now: number): void {
    if (this.#led) return;
    this.#set(this.at(now), now);
    this.#led = true;
  }

  /** Nothing leads any more: it runs by itself. */
  free(now: number): void {
    if (!this.#led) return;
    this.#set(this.at(now), now);
    this.#led = false;
  }

  jump(position: number, now: number): void {
    this.jumps += 1;
    this.#set(position, now);
  }

  play(now: number): void {
    if (this.#position >= this.end) this.jump(this.start, now);
    this.#set(this.at(now), now);
    this.playing = true;
    this.jumps += 1;
  }

  pause(now: number): void {
    this.#set(this.at(now), now);
    this.playing = false;
    this.jumps += 1;
  }

  faster(rate: number, now: number): void {
    this.#set(this.at(now), now);
    this.rate = rate;
    this.jumps += 1;
  }

  #set(position: number, now: number): void {
    this.#position = Math.max(this.start, Math.min(position, this.end));
    this.#since = now;
  }
}

/** What a film is to do so that it is where the clock is: jump there (s), or play at this speed. */
export type Course = { jump: number } | { speed: number };

/** From here on it is not worth catching up (s). */
const FAR = 0.3;
/** Nobody sees that (s). */
const NEAR = 0.015;
const BEND = 0.1;

/** `film` and `clock` in seconds of the film. */
export function course(film: number, clock: number, rate: number): Course {
  const late = clock - film;
  if (Math.abs(late) > FAR) return { jump: clock };
  if (Math.abs(late) < NEAR) return { speed: rate };
  return { speed: rate * (1 + Math.max(-BEND, Math.min(BEND, late))) };
}
