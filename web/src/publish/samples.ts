/**
 * The sound of a microphone in blocks of 20 ms, each with the page's time of its capture.
 *
 * Chromium hands samples over with their times (MediaStreamTrackProcessor); elsewhere a worklet takes them out of the audio graph.
 */
import { pump } from "./frames";
import { Even, Stamps } from "./stamps";
import worklet from "./tap.worklet?worker&url";

export interface Block {
  /** The page's time (ms) of the first sample. */
  captured: number;
  rate: number;
  /** Samples of 20 ms, for each channel. */
  channels: Float32Array[];
}

interface Processor {
  readonly readable: ReadableStream<AudioData>;
}

declare const MediaStreamTrackProcessor: (new (init: { track: MediaStreamTrack }) => Processor) | undefined;

/** Blocks a second. */
export const PACE = 50;
/** A hole in the stamps that is longer than this is one (µs). */
const HOLE = 8_000;

/** Hands over blocks of `track` until the returned function is called. */
export function samples(track: MediaStreamTrack, take: (block: Block) => void): () => void {
  return typeof MediaStreamTrackProcessor === "function"
    ? read(track, take, MediaStreamTrackProcessor)
    : tap(track, take);
}

function read(
  track: MediaStreamTrack,
  take: (block: Block) => void,
  Reader: NonNullable<typeof MediaStreamTrackProcessor>,
): () => void {
  const reader = new Reader({ track }).readable.getReader();
  const stamps = new Stamps();
  let blocks: Blocks | undefined;
  void pump(reader, (data) => {
    const arrival = performance.now() * 1000;
    if (blocks?.rate !== data.sampleRate) blocks = new Blocks(data.sampleRate, take);
    blocks.put(stamps.at(data.timestamp, arrival), planes(data));
    data.close();
  });
  return () => {
    reader.cancel().catch(() => {});
  };
}

function planes(data: AudioData): Float32Array[] {
  // Two at the most: more microphones than ears are of no use here.
  return Array.from({ length: Math.min(2, data.numberOfChannels) }, (_, planeIndex) => {
    const plane = new Float32Array(data.numberOfFrames);
    data.copyTo(plane, { planeIndex, format: "f32-planar" });
    return plane;
  });
}

/** Cuts what comes into blocks of 20 ms. After a hole it begins anew: sound is stamped with when it was, never by what was counted. */
export class Blocks {
  readonly #size: number;
  readonly #even = new Even();
  #channels: Float32Array[] = [];
  #filled = 0;
  #began = 0;

  constructor(
    readonly rate: number,
    readonly take: (block: Block) => void,
  ) {
    this.#size = Math.round(rate / PACE);
  }

  /** Samples, the first of them captured at the page's time `at` (µs). */
  put(at: number, channels: Float32Array[]): void {
    const span = (count: number): number => (count * 1e6) / this.rate;
    if (Math.abs(at - this.#began - span(this.#filled)) > HOLE || channels.length !== this.#channels.length)
      this.#filled = 0;
    const length = channels[0]?.length ?? 0;
    for (let done = 0; done < length; ) {
      if (this.#filled === 0) {
        this.#began = at + span(done);
        this.#channels = channels.map(() => new Float32Array(this.#size));
      }
      const count = Math.min(this.#size - this.#filled, length - done);
      for (const [i, channel] of channels.entries())
        this.#channels[i]?.set(channel.subarray(done, done + count), this.#filled);
      this.#filled += count;
      done += count;
      if (this.#filled < this.#size) return;
      this.#filled = 0;
      const captured = this.#even.at(this.#began, 1e6 / PACE) / 1000;
      this.take({ captured, rate: this.rate, channels: this.#channels });
      this.#began += span(this.#size);
    }
  }
}

/** What the worklet sends: when its first sample came by the context's clock (s), and samples. */
export interface Tapped {
  time: number;
  channels: Float32Array[];
}

function tap(track: MediaStreamTrack, take: (block: Block) => void): () => void {
  const context = new AudioContext({ latencyHint: "interactive" });
  const stamps = new Stamps();
  const blocks = new Blocks(context.sampleRate, take);
  const { latency = 0, channelCount = 1 } = track.getSettings() as {
    latency?: number;
    channelCount?: number;
  };
  const begin = async (): Promise<void> => {
    await context.audioWorklet.addModule(worklet);
    const node = new AudioWorkletNode(context, "oncue-tap", {
      numberOfOutputs: 0,
      channelCount: Math.min(2, channelCount),
      channelCountMode: "explicit",
    });
    node.port.onmessage = ({ data }: MessageEvent<Tapped>) => {
      const span = ((data.channels[0]?.length ?? 0) / context.sampleRate) * 1e6;
      // It arrives when its last sample has been captured; the context's clock began at any time.
      const at = stamps.at(data.time * 1e6 + FAR + span, performance.now() * 1000);
      blocks.put(at - span - latency * 1e6, data.channels);
    };
    context.createMediaStreamSource(new MediaStream([track])).connect(node);
    await context.resume();
  };
  begin().catch(() => {});
  return () => {
    context.close().catch(() => {});
  };
}

/** So that the context's clock is never taken for the page's (µs). */
const FAR = 1e12;
