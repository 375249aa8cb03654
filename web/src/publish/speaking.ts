/** Sound out: Opus (RFC 6716) in packets of 20 ms, each its own group, as it is heard packet by packet. */
import { hex, type Show } from "./filming";
import type { Lane, Outlet } from "./outlet";
import type { Block } from "./samples";

/** One packet (µs). */
const SPAN = 20_000;
/** Bit/s for one and for two channels. */
const RATES = [64_000, 96_000] as const;
/** Samples by which libopus is behind. */
const SKIP = 312;
/** Packets in the encoder that are waited for. */
const QUEUE = 10;

export class Speaking {
  #lane: Lane;
  #encoder: AudioEncoder | undefined;
  #like = "";
  #count = 0;
  #stamps = new Map<number, number>();
  #skip = 0;
  #last = 0;

  constructor(
    readonly outlet: Outlet,
    readonly show: Show,
    readonly failed: (error: Error) => void,
  ) {
    this.#lane = outlet.track("audio", "audio");
  }

  /** Sends 20 ms. */
  say({ captured, rate, channels }: Block): void {
    // First the catalog says that there is sound: nobody asks for it before.
    if (this.#like !== `${rate},${channels.length}`) this.#begin(rate, channels.length);
    const now = this.show(captured);
    if (!now || !this.#lane.used) return;
    const encoder = this.#encoder;
    if (encoder?.state !== "configured" || encoder.encodeQueueSize > QUEUE) return;
    // The encoder counts samples, whatever its input is stamped with: it is given the count, and we keep the times.
    const timestamp = this.#count++ * SPAN;
    this.#stamps.set(timestamp, Math.round(now * 1000));
    const numberOfFrames = channels[0]?.length ?? 0;
    const data = new Float32Array(numberOfFrames * channels.length);
    for (const [i, channel] of channels.entries()) data.set(channel, i * numberOfFrames);
    const shape = { numberOfFrames, numberOfChannels: channels.length, sampleRate: rate };
    const audio = new AudioData({ format: "f32-planar", timestamp, data, ...shape });
    encoder.encode(audio);
    audio.close();
  }

  close(): void {
    if (this.#encoder && this.#encoder.state !== "closed") this.#encoder.close();
    this.#lane.close();
  }

  #begin(sampleRate: number, numberOfChannels: number): void {
    this.#like = `${sampleRate},${numberOfChannels}`;
    if (this.#encoder && this.#encoder.state !== "closed") this.#encoder.close();
    this.#stamps.clear();
    const bitrate = RATES[numberOfChannels > 1 ? 1 : 0];
    const config = { codec: "opus", sampleRate, numberOfChannels, bitrate };
    this.#encoder = new AudioEncoder({
      output: (chunk, about) => this.#came(chunk, about, config),
      error: (error) => this.failed(error),
    });
    this.#encoder.configure({
      ...config,
      opus: { frameDuration: SPAN, application: "voip" },
    } as AudioEncoderConfig);
    this.outlet.sound({ ...config, description: hex(head(sampleRate, numberOfChannels)) });
  }

  #came(
    chunk: EncodedAudioChunk,
    about: EncodedAudioChunkMetadata | undefined,
    config: { codec: string; sampleRate: number; numberOfChannels: number; bitrate: number },
  ): void {
    const header = about?.decoderConfig?.description;
    if (header) {
      this.#skip = skip(header);
      this.outlet.sound({ ...config, description: hex(header) });
    }
    const count = Math.round(chunk.timestamp / SPAN) * SPAN;
    const stamp = this.#stamps.get(count);
    for (const old of this.#stamps.keys()) if (old <= count) this.#stamps.delete(old);
    if (stamp === undefined) return;
    // What a decoder makes of a packet is what went in so much earlier.
    const at = stamp - this.#skip;
    if (at <= this.#last) return;
    this.#last = at;
    this.#lane.write(chunk, at, true);
  }
}

/** The identification header as an encoder of this kind gives it, so that the catalog need not change after the first packet (RFC 7845, section 5.1). */
function head(rate: number, channels: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(19);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("OpusHead"));
  bytes.set([1, channels], 8);
  view.setUint16(10, SKIP, true);
  view.setUint32(12, rate, true);
  return bytes;
}

/** The delay of the encoder (µs): pre-skip of the identification header, in samples of 48 kHz (RFC 7845, section 5.1). */
function skip(header: AllowSharedBufferSource): number {
  const view = ArrayBuffer.isView(header)
    ? new DataView(header.buffer, header.byteOffset, header.byteLength)
    : new DataView(header);
  return view.byteLength < 12 ? 0 : Math.round((view.getUint16(10, true) * 1e6) / 48_000);
}
