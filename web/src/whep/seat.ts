/** A seat by WHEP: its video element, what is seen on it, and how long its frames are held back. All in ms but `stamp`. */
import { Need } from "../playout/need";
import type { Playhead } from "../playout/playhead";
import { Hold } from "./hold";
import { Whep } from "./session";
import { stampOf } from "./stamp";

/** Without a new frame for this long the picture stands still, and is no position any more. */
const STILL = 1_000;
const SHARE = 0.05;
/** No camera is slower: a frame stands for no more time of the show than this. */
const FRAME_MOST = 100;
/** A time of display that is farther from now is none. */
const SOON = 100;
/** Stamps that are farther from now are not of this server. */
const FAR = 60_000;

/** What browsers say of a frame of WebRTC, as far as they do (https://wicg.github.io/video-rvfc/). */
interface Presented {
  expectedDisplayTime?: number;
  receiveTime?: number;
  rtpTimestamp?: number;
}

type Receiver = RTCRtpReceiver & { jitterBufferTarget?: number | null };

export class WhepSeat {
  readonly video = document.createElement("video");
  readonly need = new Need();
  readonly hold = new Hold();
  frames = 0;
  /** Show time (µs) of the frame that is seen. */
  stamp = 0;
  /** Local time at which the last frame was handed to the display. */
  seen = Number.NEGATIVE_INFINITY;
  /** Its picture has another size. */
  shaped: () => void = () => {};
  #frame = 33;
  #receivers: Receiver[] = [];
  #whep: Whep;
  #closed = false;

  /** `painted` is called with each frame that is seen. */
  constructor(
    url: string,
    token: string,
    readonly playhead: Playhead,
    readonly painted: () => void,
    changed: () => void,
  ) {
    const { video } = this;
    video.autoplay = video.playsInline = video.muted = true;
    video.disablePictureInPicture = true;
    video.addEventListener("resize", () => this.shaped());
    this.#whep = new Whep(url, token, (receiver, stream) => this.#receive(receiver, stream), changed);
    this.#next();
  }

  get connected(): boolean {
    return this.#whep.connected;
  }

  get still(): boolean {
    return performance.now() - this.seen > STILL;
  }

  /** Show time (µs) that is seen now: between two frames it goes on as long as the frame is meant to stand. */
  get position(): number {
    if (this.still || !this.stamp) return 0;
    return Math.round(this.stamp + Math.max(0, Math.min(performance.now() - this.seen, this.#frame)) * 1000);
  }

  /** How loud it is (0 to 1). */
  get level(): number {
    const sound = this.#receivers.find((receiver) => receiver.track.kind === "audio");
    return sound?.getSynchronizationSources?.()[0]?.audioLevel ?? 0;
  }

  /** Holds frames back until they have the playhead's delay, where the browser lets itself be told to. */
  steer(now: number): void {
    if (!this.hold.steer(this.playhead.delay, now)) return;
    for (const receiver of this.#receivers)
      if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = this.hold.target;
  }

  close(): void {
    this.#closed = true;
    this.#whep.close();
    this.video.srcObject = null;
  }

  #receive(receiver: Receiver, stream: MediaStream): void {
    if (this.video.srcObject !== stream) {
      this.#receivers = [];
      this.video.srcObject = stream;
      this.hold.forget();
      this.need.forget();
    }
    this.#receivers.push(receiver);
    if ("jitterBufferTarget" in receiver)
      receiver.jitterBufferTarget = this.hold.target || this.playhead.delay;
    this.video.play().catch(() => {});
  }

  #next(): void {
    if (this.#closed) return;
    if ("requestVideoFrameCallback" in this.video) {
      this.video.requestVideoFrameCallback((now, presented) => {
        this.#presented(now, presented);
        this.#next();
      });
    } else {
      requestAnimationFrame((now) => {
        this.#guess(now);
        this.#next();
      });
    }
  }

  #presented(now: number, presented: Presented): void {
    const timestamp = presented.rtpTimestamp ?? this.#newest();
    if (timestamp === undefined) return;
    const at = presented.expectedDisplayTime ?? now;
    this.#see(timestamp, now, Math.abs(at - now) < SOON ? at : now, presented.receiveTime);
  }

  /** Browsers that do not say which frame is presented say at least which one came out of the buffer last. */
  #guess(now: number): void {
    const timestamp = this.#newest();
    if (timestamp !== undefined) this.#see(timestamp, now, now, undefined);
  }

  #newest(): number | undefined {
    const picture = this.#receivers.find((receiver) => receiver.track.kind === "video");
    return picture?.getSynchronizationSources?.()[0]?.rtpTimestamp;
  }

  /** A frame is handed to the display at `now`, to be seen at `at`. As with the other doors, the position counts from `now` on. */
  #see(timestamp: number, now: number, at: number, came: number | undefined): void {
    const show = this.playhead.show(at);
    if (!show) return;
    const stamp = stampOf(timestamp, show);
    if (Math.abs(show - stamp) > FAR || stamp * 1000 === this.stamp) return;
    const passed = stamp - this.stamp / 1000;
    if (this.stamp && passed > 0) this.#frame += (Math.min(passed, FRAME_MOST) - this.#frame) * SHARE;
    this.stamp = stamp * 1000;
    this.seen = now;
    this.frames += 1;
    this.hold.saw(show - stamp);
    if (came) this.need.came(stamp, this.playhead.show(came));
    this.painted();
  }
}
