/** A broadcast beside the show, such as a voice in the green room: at the smallest delay, whatever the others have. */
import type { Net } from "@moq/watch";
import type { Mix } from "./mix";
import { Playhead } from "./playhead";
import type { Pulse } from "./pulse";
import { Refresh } from "./refresh";
import { Seat } from "./seat";

/** How often the delay is looked at, and what a network may need until it is known (ms). */
const LOOK = 250;
const GUESS = 150;

export interface ExtraParts {
  connection: Net.Connection.Reload;
  path: Net.Path.Valid;
  mix: Mix;
  pulse: Pulse;
  show: (local: number) => number;
  canvas: HTMLCanvasElement | undefined;
}

/** How fast its sound comes and goes (seconds). */
const SOFT = 0.05;

export class Extra {
  /** How loud it is just now (RMS), also while it is muted. */
  level = 0;
  #playhead: Playhead;
  #seat: Seat;
  #refresh: Refresh;
  #timer: ReturnType<typeof setInterval>;
  #known = false;

  constructor({ canvas = document.createElement("canvas"), show, ...parts }: ExtraParts) {
    this.#playhead = new Playhead(show);
    this.#seat = new Seat({ ...parts, canvas, playhead: this.#playhead, announced: false });
    this.#seat.pixels = canvas.clientWidth * canvas.clientHeight * devicePixelRatio ** 2 || 1;
    this.#seat.audible.set(true);
    this.#seat.heard = (level) => {
      this.level = level;
    };
    this.#refresh = new Refresh((now, seen) => {
      this.#playhead.move(now);
      this.#seat.screen.refresh(this.#playhead.at(seen) * 1000, now);
    });
    this.#timer = setInterval(() => this.#steer(), LOOK);
    this.#steer();
  }

  set muted(muted: boolean) {
    this.#seat.gain(muted ? 0 : 1, SOFT);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#refresh.close();
    this.#seat.close();
  }

  #steer(): void {
    const now = performance.now();
    const need = this.#seat.need.value(this.#playhead.show(now));
    this.#playhead.want(0, need || GUESS);
    if (!this.#known || document.hidden) this.#playhead.jump();
    this.#known ||= need > 0;
  }
}
