/**
 * The sound of one seat, with the picture: decoded here, played by the worklet, which is told again and again what is to be heard when.
 */
import type { Mix, Room } from "./mix";
import type { Heard, Sync } from "./sound.worklet";

/** How often the worklet is told where the playhead is (ms). */
const TOLD = 100;
/** The first packet out of a decoder that begins in the middle is not clean. */
const ROUGH = 1;

export class Voice {
  /** Told again and again how loud it is in what is heard now (RMS, before the fader). */
  heard: (level: number) => void = () => {};
  #room: Room;
  #node: AudioWorkletNode | undefined;
  #fader: GainNode;
  #decoder: AudioDecoder;
  #stamps: number[] = [];
  #rough = ROUGH;
  #timer: ReturnType<typeof setInterval>;
  #closed = false;
  #wanted = 1;

  /** `position`: the show time (ms) that is to be heard at a local time. */
  constructor(
    config: AudioDecoderConfig,
    readonly mix: Mix,
    readonly position: (local: number) => number,
    gain: number,
  ) {
    this.#room = mix.enter(config.sampleRate);
    this.#wanted = gain;
    this.#fader = new GainNode(this.#room.context, { gain });
    this.#fader.connect(this.#room.context.destination);
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

  /** How loud it is to be played, from 0 to 2; most of the way there in `seconds`. */
  fade(gain: number, seconds: number): void {
    if (gain === this.#wanted) return;
    this.#wanted = gain;
    this.#fader.gain.setTargetAtTime(gain, this.#room.context.currentTime, seconds / 2);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#node?.disconnect();
    this.#fader.disconnect();
    if (this.#decoder.state !== "closed") this.#decoder.close();
    this.mix.leave(this.#room);
  }

  async #begin(channels: number): Promise<void> {
    await this.#room.ready;
    if (this.#closed) return;
    this.#node = new AudioWorkletNode(this.#room.context, "oncue-sound", {
      numberOfInputs: 0,
      outputChannelCount: [channels],
    });
    this.#node.port.onmessage = ({ data }: MessageEvent<Heard>) => this.heard(data.level);
    this.#node.connect(this.#fader);
    this.#tell();
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
    const now = performance.now();
    const context = this.#node && this.#room.heard(now);
    if (context === undefined) return;
    const sync: Sync = { context, media: this.position(now) };
    this.#node?.port.postMessage(sync);
  }
}
