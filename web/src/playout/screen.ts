/** Paints one seat's canvas: the frame that is due. */
import type { Reels } from "./reels";

const SHARE = 0.05;
/** Without a new frame for this long the picture stands still, and is no position any more (ms). */
const STILL = 1_000;
/** No camera is slower: a frame stands for no more time of the show than this (ms). */
const FRAME_MOST = 100;

/** How a picture is to be turned clockwise (degrees) and mirrored, where the frames do not say so themselves. */
export interface Turn {
  rotation: number;
  flip: boolean;
}

export class Screen {
  frames = 0;
  /** Show time (µs) of the frame on the screen. */
  stamp = 0;
  turn: Turn = { rotation: 0, flip: false };
  #painted = Number.NEGATIVE_INFINITY;
  #frame = 33;
  #context: CanvasRenderingContext2D | null;

  /** `shaped` is told when frames have another size. */
  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly reels: Reels,
    readonly shaped: () => void = () => {},
  ) {
    this.#context = canvas.getContext("2d", { alpha: false });
  }

  /** Whether the picture stands still. */
  get still(): boolean {
    return performance.now() - this.#painted > STILL;
  }

  /** Show time (µs) that is seen now: between two frames it goes on as long as the frame is meant to stand. */
  get position(): number {
    if (this.still) return 0;
    return Math.round(this.stamp + Math.min(performance.now() - this.#painted, this.#frame) * 1000);
  }

  /** A refresh of the display at which `due` (µs) is to be seen. Whether there is another frame. */
  refresh(due: number, now: number): boolean {
    this.reels.prepare(due);
    const frame = this.reels.take(due);
    if (frame) this.#paint(frame, now);
    return frame !== undefined;
  }

  #paint(frame: VideoFrame, now: number): void {
    const { canvas } = this;
    const [width, height] = this.#sides(frame);
    const other = canvas.width !== width || canvas.height !== height;
    if (other) {
      canvas.width = width;
      canvas.height = height;
    }
    this.#draw(frame);
    const passed = (frame.timestamp - this.stamp) / 1000;
    if (this.stamp && passed > 0) this.#frame += (Math.min(passed, FRAME_MOST) - this.#frame) * SHARE;
    this.stamp = frame.timestamp;
    this.#painted = now;
    this.frames += 1;
    frame.close();
    if (other) this.shaped();
  }

  #sides(frame: VideoFrame): [number, number] {
    const { displayWidth, displayHeight } = frame;
    return this.turn.rotation % 180 ? [displayHeight, displayWidth] : [displayWidth, displayHeight];
  }

  #draw(frame: VideoFrame): void {
    const { canvas, turn } = this;
    if (!turn.rotation && !turn.flip) {
      this.#context?.drawImage(frame, 0, 0, canvas.width, canvas.height);
      return;
    }
    const { displayWidth: width, displayHeight: height } = frame;
    this.#context?.setTransform(1, 0, 0, 1, canvas.width / 2, canvas.height / 2);
    if (turn.flip) this.#context?.scale(-1, 1);
    this.#context?.rotate((turn.rotation * Math.PI) / 180);
    this.#context?.drawImage(frame, -width / 2, -height / 2, width, height);
    this.#context?.setTransform(1, 0, 0, 1, 0, 0);
  }
}
