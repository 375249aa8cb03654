/** How loud each seat is: as the host set it, and the programme lower while somebody speaks. */
import { PROGRAMME, seatsOf } from "../seats/cast";
import type { SeatInfo, StageInfo } from "../wire";
import { Duck } from "./duck";

/** How fast sound goes down under a voice, and comes back (seconds). */
const DOWN = 0.12;
const UP = 0.6;
/** Twice as loud is the most. */
const MOST = 2;
const USUAL = 0.25;

interface Fader {
  gain(gain: number, seconds: number): void;
}

export class Faders {
  #duck = new Duck();
  #stage: StageInfo | undefined;

  /** `heard`: whether a seat that is shown is to be heard at all. */
  constructor(
    readonly seats: ReadonlyMap<string, Fader>,
    readonly heard: (info: SeatInfo) => boolean,
  ) {}

  /** Another scene is shown. */
  stage(stage: StageInfo | undefined): void {
    this.#stage = stage;
    this.#set(DOWN);
  }

  /** A seat's sound has this level (RMS) at a local time (ms). */
  hear(name: string, level: number, now: number): void {
    if (name !== PROGRAMME) this.#duck.hear(name, level, now);
    this.#set(this.#duck.down(now) ? DOWN : UP);
  }

  forget(name: string): void {
    this.#duck.forget(name);
  }

  #set(seconds: number): void {
    const infos = new Map(seatsOf(this.#stage).map((info) => [info.seat, info]));
    const down = this.#duck.down(performance.now());
    for (const [name, fader] of this.seats) {
      const info = infos.get(name);
      const ducked = down && name === PROGRAMME ? (this.#stage?.duck ?? USUAL) : 1;
      const gain = Math.max(0, Math.min(MOST, this.#stage?.gains?.[name] ?? 1)) * ducked;
      fader.gain(info && this.heard(info) ? gain : 0, seconds);
    }
  }
}
