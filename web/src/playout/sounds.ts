/**
 * Sound with the picture: decoded here, played by the worklet, which is told again and again what is to be heard when.
 */
import type { Sync } from "./sound.worklet";
import worklet from "./sound.worklet?worker&url";

/** How often the worklet is told where the playhead is (ms). */
const TOLD = 100;
/** The first packet out of a decoder that begins in the middle is not clean. */
const ROUGH = 1;

export class Sounds {
  #context: AudioContext;
  #node: AudioWorkletNode | undefined;
  #decoder: AudioDecoder;
  #stamps: number[] = [];
  #rough = ROUGH;
  #timer: ReturnType<typeof setInterval>;
  #offset: number | undefined;
  #closed = false;

  /** `position`: the show time (ms) that is to be heard at a local time. */
  constructor(
    config: AudioDecoderConfig,
    readonly position: (local: number) => number,
  ) {
    this.#context = new AudioContext({ latencyHint: "interactive", sampleRate: config.sampleRate });
    this.#decoder = new AudioDecoder({ output: (data) => this.#decoded(data), error: () => this.close() });
    this.#decoder.configure(config);
    this.#timer = setInterval(() => this.#tell(), TOLD);
    this.#begin(config.numberOfChannels).catch(() => this.close());
  }

  /** A packet came: its show time (µs) and its bytes. */
  put(stamp: number, data: Uint8Array): void {
    if (this.#decoder.state !== "configured") return;
    // Chromium's decoder counts samples: after a lost packet its own stamps would be wrong for good.
    this.#stamps.push(stamp);
    this.#decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: stamp, data }));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#node?.disconnect();
    if (this.#decoder.state !== "closed") this.#decoder.close();
    this.#context.close().catch(() => {});
  }

  async #begin(channels: number): Promise<void> {
    await this.#context.audioWorklet.addModule(worklet);
    if (this.#closed) return;
    this.#node = new AudioWorkletNode(this.#context, "oncue-sound", {
      numberOfInputs: 0,
      outputChannelCount: [channels],
    });
    this.#node.connect(this.#context.destination);
    await this.#context.resume();
  }

  #decoded(data: AudioData): void {
    const stamp = this.#stamps.shift() ?? data.timestamp;
    if (this.#node && this.#rough-- <= 0) {
      const channels = Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
        const samples = new Float32Array(data.numberOfFrames);
        data.copyTo(samples, { planeIndex, format: "f32-planar" });
        return samples;
      });
      this.#node.port.postMessage(
        { stamp: stamp / 1000, channels },
        channels.map((one) => one.buffer),
      );
    }
    data.close();
  }

  /** What is to be heard at which time of the context. */
  #tell(): void {
    if (!this.#node || this.#context.state !== "running") return;
    const { contextTime = 0, performanceTime = 0 } = this.#context.getOutputTimestamp();
    const known = performanceTime > 0 && contextTime > 0;
    const latency = this.#context.outputLatency || this.#context.baseLatency || 0;
    const now = performance.now();
    const offset = known
      ? performanceTime - contextTime * 1000
      : now - (this.#context.currentTime - latency) * 1000;
    const jumped = this.#offset === undefined || Math.abs(offset - this.#offset) > 50;
    this.#offset = jumped ? offset : (this.#offset as number) * 0.9 + offset * 0.1;
    const sync: Sync = { context: (now - this.#offset) / 1000, media: this.position(now) };
    this.#node.port.postMessage(sync);
  }
}
