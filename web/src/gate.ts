/**
 * Holds back what is not to be seen yet: a message is shown when the picture on this screen has reached the message's `at`.
 */

export interface Timed {
  epoch: number;
  seq: number;
  at: number;
}

/** Whatever a picture or a clock says must not hold up the show; the host's dial goes to five seconds. */
const MOST_MS = 8_000;

interface Held<T> {
  message: T;
  /** Local time (ms) at which it is shown in any case. */
  until: number;
}

export interface Sight {
  /** Show time (µs) of the picture on this screen; 0: no picture, and nothing is held back. */
  position(): number;
  /** A local clock (ms). */
  now(): number;
  later(ms: number, work: () => void): () => void;
}

export class Gate<T extends Timed> {
  #held: Held<T>[] = [];
  #shown: Timed = { epoch: -1, seq: -1, at: 0 };
  #stop: (() => void) | undefined;

  constructor(
    readonly sight: Sight,
    readonly show: (message: T) => void,
  ) {}

  /** A message came, from wherever and in any order; what is older than what is shown is dropped. */
  put(message: T): void {
    if (order(message, this.#shown) < 0) return;
    const held = { message, until: this.sight.now() + MOST_MS };
    const place = this.#held.findIndex((one) => order(one.message, message) >= 0);
    const there = this.#held[place];
    const again = there !== undefined && order(there.message, message) === 0;
    this.#held.splice(
      place < 0 ? this.#held.length : place,
      again ? 1 : 0,
      again ? { ...held, until: there.until } : held,
    );
    this.pass();
  }

  /** Shows what may be seen by now, the latest of it. Call it when the picture moved; between its frames timers do. */
  pass(): void {
    if (this.#held.length === 0) return;
    this.#stop?.();
    this.#stop = undefined;
    const position = this.sight.position();
    const now = this.sight.now();
    const free = (one: Held<T>): boolean => !position || one.message.at <= position || one.until <= now;
    const due = this.#held.splice(0, this.#held.findLastIndex(free) + 1).at(-1)?.message;
    if (due) {
      this.#shown = due;
      this.show(due);
    }
    const next = this.#held[0];
    if (!next) return;
    const wait = Math.min((next.message.at - position) / 1000, next.until - now);
    this.#stop = this.sight.later(Math.max(1, wait), () => this.pass());
  }
}

/** Which of two messages is the newer one: as `Array.sort` has it. */
export const order = (one: Timed, other: Timed): number => one.epoch - other.epoch || one.seq - other.seq;
