/**
 * Encoded frames come in, in order; decoded ones go out when they are due.
 *
 * A frame is decoded shortly before it is shown, so that few decoded ones are held (hardware decoders have only some). When the
 * playhead is far ahead, as after a hidden tab, decoding goes on at the last key frame before it.
 */

/** A frame as it came: its show time (µs), whether it needs no other, its bytes. */
export interface Coded {
  stamp: number;
  key: boolean;
  data: Uint8Array;
}

/** How far ahead of the playhead frames are decoded (µs). */
const AHEAD = 150_000;
/** How far behind it the next frame may be before the way to it is shortened (µs). */
const BEHIND = 300_000;
const HELD = 8;

export class Pictures {
  #coded: Coded[] = [];
  #ready: VideoFrame[] = [];
  #decoder: VideoDecoder;
  #keyed = false;

  constructor(
    config: VideoDecoderConfig,
    readonly failed: (error: DOMException) => void,
  ) {
    this.#decoder = new VideoDecoder({
      output: (frame) => this.#ready.push(frame),
      error: (error) => this.failed(error),
    });
    this.#decoder.configure(config);
  }

  /** A frame came. `whole`: nothing is missing before it. */
  put(frame: Coded, whole: boolean): void {
    if (!whole && !frame.key) this.#keyed = false;
    if (frame.key) this.#keyed = true;
    if (this.#keyed) this.#coded.push(frame);
  }

  /** Decodes what is due soon at `position` (µs). */
  prepare(position: number): void {
    this.trim(position);
    while (this.#coded[0] && this.#coded[0].stamp <= position + AHEAD && this.#room) {
      const next = this.#coded.shift() as Coded;
      this.#decoder.decode(
        new EncodedVideoChunk({ type: next.key ? "key" : "delta", timestamp: next.stamp, data: next.data }),
      );
    }
  }

  /** Forgets what is too late to be shown, as far as no later frame needs it. */
  trim(position: number): void {
    const first = this.#coded[0];
    if (!first || first.stamp > position - BEHIND) return;
    let last = 0;
    for (const [i, frame] of this.#coded.entries()) {
      if (frame.stamp > position) break;
      if (frame.key) last = i;
    }
    if (last === 0) return;
    this.#coded.splice(0, last);
    // Nor is what was decoded before the skipped ones: as after a hidden tab, where it would flash up.
    this.#drop();
  }

  /** The newest frame that is due at `position` (µs), if it was not taken before. The taker closes it. */
  take(position: number): VideoFrame | undefined {
    let due: VideoFrame | undefined;
    while (this.#ready[0] && this.#ready[0].timestamp <= position) {
      due?.close();
      due = this.#ready.shift();
    }
    return due;
  }

  close(): void {
    this.#drop();
    this.#coded = [];
    if (this.#decoder.state !== "closed") this.#decoder.close();
  }

  #drop(): void {
    for (const frame of this.#ready) frame.close();
    this.#ready = [];
  }

  get #room(): boolean {
    return this.#decoder.state === "configured" && this.#ready.length + this.#decoder.decodeQueueSize < HELD;
  }
}
