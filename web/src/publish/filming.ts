/**
 * Pictures out: a full and a small rendition, encoded (WebCodecs) in step with what the machine and the way up bear.
 */
import { frames } from "./frames";
import type { Lane, Outlet } from "./outlet";
import { avc, Ladder, type Rung, STEPS, shrunk } from "./rungs";

/** A key frame at least so often (µs): who joins waits for one, and each begins a group. */
const KEY = 1_000_000;
/** With so many frames in the encoder the next one is left out. */
const QUEUE = 2;
/** What a screen showed is sent again after so long (µs). */
const STILL = 500_000;
/** So often an encoder may fail. */
const FAULTS = 3;
/** How often it is looked how it goes (ms). */
const LOOK = 1_000;

/** The page's time (ms) as show time (ms); 0: not known. */
export type Show = (local: number) => number;

export interface FilmingHooks {
  show: Show;
  /** How late what is sent comes to the node (ms), where `sent` (show time, ms) went last. */
  lag(sent: number): number;
  failed(error: Error): void;
}

const NAMES = { full: "video/full", small: "video/small" } as const;
type Kind = keyof typeof NAMES;

export class Filming {
  readonly ladder = new Ladder();
  #renditions: Partial<Record<Kind, Rendition>> = {};
  #end: () => void = () => {};
  #timer: ReturnType<typeof setInterval>;
  #again: ReturnType<typeof setInterval>;
  #held: VideoFrame | undefined;
  #still = false;
  #filmed = false;
  #last = 0;
  #key = true;
  #keyed = 0;
  #size = { width: 0, height: 0 };

  constructor(
    readonly outlet: Outlet,
    readonly hooks: FilmingHooks,
  ) {
    this.#timer = setInterval(() => this.#look(), LOOK);
    this.#again = setInterval(() => this.#repeat(), STILL / 2_000);
  }

  /** Sends this track from now on; none: nothing. */
  film(track: MediaStreamTrack | undefined): void {
    this.#end();
    this.#key = true;
    this.#filmed = track !== undefined;
    this.#hold(undefined);
    this.#still = track !== undefined && "displaySurface" in track.getSettings();
    this.#end = track ? frames(track, (frame, captured) => this.#take(frame, captured)) : () => {};
  }

  /** The next frame needs no other. */
  keyframe(): void {
    this.#key = true;
    this.#repeat();
  }

  close(): void {
    clearInterval(this.#timer);
    clearInterval(this.#again);
    this.#end();
    this.#hold(undefined);
    for (const one of Object.values(this.#renditions)) one.close();
  }

  /** What waits to be sent (ms of it). */
  get backlog(): number {
    const waiting = Object.values(this.#renditions).map((one) => one.backlog);
    return Math.max(this.#filmed ? this.hooks.lag(this.#last / 1000) : 0, ...waiting);
  }

  #take(frame: VideoFrame, captured: number): void {
    const now = this.hooks.show(captured);
    const stamp = Math.round(now * 1000);
    // Show time is not known yet, or it was set back.
    if (now && stamp > this.#last) this.#encode(frame, stamp);
    if (this.#still) this.#hold(frame);
    else frame.close();
  }

  /** A screen brings nothing while nothing moves on it: what it shows is sent again, for those who come. */
  #repeat(): void {
    const now = this.hooks.show(performance.now()) * 1000;
    if (this.#held && now - this.#last > (this.#key ? 0 : STILL)) this.#encode(this.#held, Math.round(now));
  }

  #hold(frame: VideoFrame | undefined): void {
    this.#held?.close();
    this.#held = frame;
  }

  #encode(frame: VideoFrame, stamp: number): void {
    this.#last = stamp;
    const { displayWidth: width, displayHeight: height } = frame;
    if (width !== this.#size.width || height !== this.#size.height) {
      this.#size = { width, height };
      this.#arrange();
    }
    const key = this.#key || stamp - this.#keyed >= KEY;
    const stamped = new VideoFrame(frame, { timestamp: stamp });
    const taken = Object.values(this.#renditions).filter((one) => one.encode(stamped, key)).length;
    stamped.close();
    if (!key || taken === 0) return;
    this.#key = false;
    this.#keyed = stamp;
  }

  /** Renditions as the step wants them, in the size that the picture has. */
  #arrange(): void {
    const step = STEPS[this.ladder.step] ?? { small: { shrink: 4, bitrate: 120_000, fps: 15 } };
    for (const kind of ["full", "small"] as const) this.#rendition(kind, step[kind]);
    this.#key = true;
  }

  #rendition(kind: Kind, rung: Rung | undefined): void {
    const known = this.#renditions[kind];
    if (!rung) known?.rest();
    else if (this.#size.width) {
      const one = known ?? new Rendition(this.outlet, NAMES[kind], this.hooks.failed);
      this.#renditions[kind] = one;
      one.arrange(this.#size, rung);
    }
  }

  #look(): void {
    const all = Object.values(this.#renditions);
    const offered = all.reduce((sum, one) => sum + one.offered, 0);
    const dropped = all.reduce((sum, one) => sum + one.dropped, 0);
    for (const one of all) one.offered = one.dropped = 0;
    const load = { dropped: offered ? dropped / offered : 0, backlog: this.backlog };
    if (this.ladder.look(performance.now(), load)) this.#arrange();
  }
}

/** One size of the picture, encoded. */
class Rendition {
  /** Frames that came, and those of them that the encoder had no time for. */
  offered = 0;
  dropped = 0;
  #lane: Lane;
  #encoder: VideoEncoder | undefined;
  #rung: Rung | undefined;
  #told = "";
  #keyed = false;
  #was = 0;
  #faults = 0;

  constructor(
    readonly outlet: Outlet,
    readonly name: string,
    readonly failed: (error: Error) => void,
  ) {
    this.#lane = outlet.track(name, "video");
  }

  get backlog(): number {
    return this.#rung ? (this.#lane.backlog * 8_000) / this.#rung.bitrate : 0;
  }

  arrange(size: { width: number; height: number }, rung: Rung): void {
    const { shrink, bitrate, fps } = rung;
    const [width, height] = [shrunk(size.width, shrink), shrunk(size.height, shrink)];
    const told = `${width},${height},${bitrate},${fps}`;
    if (told === this.#told) return;
    this.#told = told;
    this.#rung = rung;
    // What waits of the old form is of no use to anybody.
    this.#lane.abandon();
    this.#configure({ width, height, bitrate, framerate: fps, latencyMode: "realtime" });
  }

  #configure(plain: Omit<VideoEncoderConfig, "codec">): void {
    this.#close();
    const told = this.#told;
    configure({ ...plain, hardwareAcceleration: this.#faults ? "prefer-software" : "no-preference" })
      .then((config) => {
        if (this.#told === told) this.#begin(config, () => this.#broken(plain));
      })
      .catch(this.failed);
  }

  /** Hardware can fail at any time, and may bear only so many encoders: once more without it. */
  #broken(plain: Omit<VideoEncoderConfig, "codec">): void {
    this.#faults += 1;
    if (this.#faults > FAULTS) this.failed(new DOMException("the encoder fails", "NotSupportedError"));
    else this.#configure(plain);
  }

  /** Sends nothing, and is offered to nobody. */
  rest(): void {
    this.#told = "";
    this.#rung = undefined;
    this.#lane.abandon();
    this.#close();
    this.outlet.video(this.name, undefined);
  }

  /** Whether the encoder took the frame. */
  encode(frame: VideoFrame, key: boolean): boolean {
    const encoder = this.#encoder;
    if (!encoder || !this.#rung || !this.#lane.used) {
      this.#keyed = false;
      return false;
    }
    if (!key && this.#keyed && frame.timestamp - this.#was < 900_000 / this.#rung.fps) return false;
    this.offered += 1;
    if (encoder.encodeQueueSize > QUEUE) {
      this.dropped += 1;
      if (key) this.#keyed = false;
      return false;
    }
    encoder.encode(frame, { keyFrame: key || !this.#keyed });
    this.#keyed = true;
    this.#was = frame.timestamp;
    return true;
  }

  close(): void {
    this.#close();
    this.#lane.close();
  }

  #begin(config: VideoEncoderConfig, broken: () => void): void {
    this.#keyed = false;
    this.#encoder = new VideoEncoder({
      output: (chunk, about) => this.#came(chunk, about, config),
      error: broken,
    });
    this.#encoder.configure(config);
    this.#tell(config, undefined);
  }

  #came(
    chunk: EncodedVideoChunk,
    about: EncodedVideoChunkMetadata | undefined,
    config: VideoEncoderConfig,
  ): void {
    if (about?.decoderConfig) this.#tell(config, about.decoderConfig);
    this.#lane.write(chunk, chunk.timestamp, chunk.type === "key");
  }

  #tell(config: VideoEncoderConfig, about: VideoDecoderConfig | undefined): void {
    const description = about?.description ? hex(about.description) : "";
    this.outlet.video(this.name, {
      // Parameter sets stand before each key frame (annex B): that is avc3.
      codec: (about?.codec ?? config.codec).replace(/^avc1/, description ? "avc1" : "avc3"),
      ...(description ? { description } : {}),
      codedWidth: config.width,
      codedHeight: config.height,
      framerate: config.framerate ?? 30,
      bitrate: config.bitrate ?? 0,
    });
  }

  #close(): void {
    if (this.#encoder && this.#encoder.state !== "closed") this.#encoder.close();
    this.#encoder = undefined;
  }
}

/** The first of our codecs that this browser encodes: H.264, which all can decode; VP8. */
async function configure(plain: Omit<VideoEncoderConfig, "codec">): Promise<VideoEncoderConfig> {
  const h264 = avc(plain.width, plain.height, plain.framerate ?? 30);
  const wanted: Partial<VideoEncoderConfig>[] = [
    { codec: h264, avc: { format: "annexb" } },
    { codec: h264, avc: { format: "avc" } },
    { codec: "vp8" },
  ];
  for (const one of wanted) {
    const config = { ...plain, ...one } as VideoEncoderConfig;
    const { supported } = await VideoEncoder.isConfigSupported(config).catch(() => ({ supported: false }));
    if (supported) return config;
  }
  throw new DOMException("no video encoder", "NotSupportedError");
}

/** Bytes as the catalog has them. */
export function hex(source: AllowSharedBufferSource): string {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
