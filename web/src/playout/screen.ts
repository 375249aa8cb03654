/**
 * Paints: at each refresh of the display the frame that is nearest to what is due when the refresh is seen.
 */
import type { Pictures } from "./pictures";
import type { Playhead } from "./playhead";

/** A usual display, until the own one is known (ms). */
const REFRESH = 1000 / 60;
const SHARE = 0.05;
/** Without a new frame for this long the picture stands still, and is no position any more (ms). */
const STILL = 1_000;
/** No camera is slower: a frame stands for no more time of the show than this (ms). */
const FRAME_MOST = 100;

export class Screen {
  frames = 0;
  /** Show time (µs) of the frame on the screen. */
  stamp = 0;
  #painted = Number.NEGATIVE_INFINITY;
  #refresh = REFRESH;
  #was = 0;
  #frame = 33;
  #context: CanvasRenderingContext2D | null;
  #next: number;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly playhead: Playhead,
    readonly pictures: () => Pictures | undefined,
    readonly painted: () => void,
  ) {
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#next = requestAnimationFrame((now) => this.#turn(now));
  }

  /** Whether the picture moves. */
  get still(): boolean {
    return performance.now() - this.#painted > STILL;
  }

  /** Show time (µs) that is seen now: between two frames it goes on as long as the frame is meant to stand. */
  get position(): number {
    if (this.still) return 0;
    return Math.round(this.stamp + Math.min(performance.now() - this.#painted, this.#frame) * 1000);
  }

  close(): void {
    cancelAnimationFrame(this.#next);
  }

  #turn(now: number): void {
    this.#next = requestAnimationFrame((later) => this.#turn(later));
    this.#measure(now);
    this.playhead.move(now);
    // What is painted now is seen at the next refresh; up to half a refresh early is nearer than a whole one late.
    const due = this.playhead.at(now + this.#refresh * 1.5) * 1000;
    const pictures = this.pictures();
    pictures?.prepare(due);
    const frame = pictures?.take(due);
    if (frame) this.#paint(frame, now);
  }

  #measure(now: number): void {
    const passed = now - this.#was;
    this.#was = now;
    if (passed > 2 && passed < 2 * this.#refresh) this.#refresh += (passed - this.#refresh) * SHARE;
  }

  #paint(frame: VideoFrame, now: number): void {
    const { canvas } = this;
    if (canvas.width !== frame.displayWidth || canvas.height !== frame.displayHeight) {
      canvas.width = frame.displayWidth;
      canvas.height = frame.displayHeight;
    }
    this.#context?.drawImage(frame, 0, 0, canvas.width, canvas.height);
    const passed = (frame.timestamp - this.stamp) / 1000;
    if (this.stamp && passed > 0) this.#frame += (Math.min(passed, FRAME_MOST) - this.#frame) * SHARE;
    this.stamp = frame.timestamp;
    this.#painted = now;
    this.frames += 1;
    frame.close();
    this.painted();
  }
}
