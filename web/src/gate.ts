/**
 * Holds back what is not to be seen yet: a message is shown when the picture on this screen has reached the message's `at`.
 */

export interface Timed {
  epoch: number;
  seq: number;
  at: number;
}

/** A picture that stands still must not hold up the show. */
const MOST_MS = 3_000;

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
  #newest: Timed = { epoch: -1, seq: -1, at: 0 };
  #stop: (() => void) | undefined;

  constructor(
    readonly sight: Sight,
    readonly show: (message: T) => void,
  ) {}

  /** A message came, from wherever; older ones than the newest are dropped. */
  put(message: T): void {
    const { epoch, seq } = this.#newest;
    if (message.epoch < epoch || (message.epoch === epoch && message.seq < seq)) return;
    this.#newest = message;
    this.#held.push({ message, until: this.sight.now() + MOST_MS });
    this.pass();
  }

  /** Shows what may be seen by now, the latest of it. Call it when the picture jumped; while it plays, timers do. */
  pass(): void {
    this.#stop?.();
    this.#stop = undefined;
    const position = this.sight.position();
    const now = this.sight.now();
    let due: T | undefined;
    while (
      this.#held[0] &&
      (!position || this.#held[0].message.at <= position || this.#held[0].until <= now)
    ) {
      due = this.#held.shift()?.message;
    }
    if (due) this.show(due);
    const next = this.#held[0];
    if (!next) return;
    const wait = Math.min((next.message.at - position) / 1000, next.until - now);
    this.#stop = this.sight.later(Math.max(8, wait), () => this.pass());
  }
}
