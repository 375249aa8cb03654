/**
 * The picture and sound of one broadcast: which tracks (@moq/watch), their frames in order (@moq/hang), decoded and shown by the playhead.
 */
import { Audio, Broadcast, Hang, type Net, Signals, Video } from "@moq/watch";
import type { Mix } from "./mix";
import { Need } from "./need";
import { Pictures } from "./pictures";
import type { Playhead } from "./playhead";
import type { Pulse } from "./pulse";
import { Reels } from "./reels";
import { Screen, type Turn } from "./screen";
import { Voice } from "./voice";

/** How much later than the playhead's delay a group may come in whole before it is given up (ms). */
const PATIENCE = 500;
/** A decoder that failed is tried again, and a path that is not there looked for again, after this long (ms). */
const AGAIN = 1_000;
/** Renditions may be so many times as large as the tile, in pixels. */
const SPARE = 2;
/** After this long without a picture it is the sound that says what the network needs (ms). */
const BLIND = 3_000;
/** A tile that changes by less keeps its rendition. */
const WORTH = 0.2;

type Consumed = Net.Broadcast.Consumer;
type Format = ConstructorParameters<typeof Hang.Container.Consumer>[1]["format"];

interface Track {
  broadcast: Consumed;
  name: string;
  priority: number;
  container: Hang.Catalog.VideoConfig["container"];
}

export interface SeatParts {
  connection: Net.Connection.Reload;
  path: Net.Path.Valid;
  playhead: Playhead;
  pulse: Pulse;
  mix: Mix;
  canvas: HTMLCanvasElement;
  /** Whether the broadcast is announced; else it is asked for until it is there. */
  announced: boolean;
}

export class Seat {
  readonly need = new Need();
  readonly screen: Screen;
  /** Whether its sound is wanted at all; how loud is `gain`. */
  readonly audible = new Signals.Signal(false);
  /** Local time (ms) at which the last frame came: of the picture, or of the sound where there is no picture. */
  came = Number.NEGATIVE_INFINITY;
  /** Told when frames have another size, and how loud the sound is. */
  shaped: () => void = () => {};
  heard: (level: number) => void = () => {};
  #effect = new Signals.Effect();
  #patience = new Signals.Signal(1_000);
  #target = new Signals.Signal<Video.Target | undefined>(undefined);
  #tries = new Signals.Signal(0);
  #reels = new Reels();
  #voice: { key: string; voice: Voice } | undefined;
  #gain = 1;
  #seen = Number.NEGATIVE_INFINITY;

  constructor(readonly parts: SeatParts) {
    const { connection, path, announced, canvas, playhead } = parts;
    this.screen = new Screen(canvas, this.#reels, () => this.shaped());
    const enabled = new Signals.Signal(true);
    const broadcast = new Broadcast({
      connection: connection.established,
      enabled,
      name: path,
      reload: announced,
    });
    const video = new Video.Source({
      broadcast,
      supported: Video.Decoder.supported,
      target: this.#target,
    });
    const audio = new Audio.Source({ broadcast, supported: Audio.Decoder.supported });
    for (const one of [broadcast, video, audio]) this.#effect.cleanup(() => one.close());
    const film = this.#effect.computed((effect) => gist(effect, video));
    const sound = this.#effect.computed((effect) => gist(effect, audio));
    this.#effect.run((effect) => effect.get(film) && this.#watch(effect, broadcast, video));
    this.#effect.run((effect) => this.#listen(effect, broadcast, audio, sound));
    this.#effect.run((effect) => {
      this.screen.turn = turnOf(effect.get(video.out.catalog));
    });
    this.#effect.interval(() => this.#patience.set(Math.round(playhead.delay) + PATIENCE), 1_000);
    if (!announced) this.#effect.run((effect) => insist(effect, broadcast, enabled));
  }

  /** How loud it is played (0 to 2), reached within about so many seconds. */
  gain(gain: number, seconds: number): void {
    this.#gain = gain;
    this.#voice?.voice.fade(gain, seconds);
  }

  /** How many pixels of the display its tile has: renditions that are much larger are not worth decoding. */
  set pixels(pixels: number) {
    const was = this.#target.peek()?.pixels ?? 0;
    const now = Math.round(pixels * SPARE);
    if (Math.abs(now - was) > was * WORTH) this.#target.set({ pixels: now });
  }

  close(): void {
    this.#effect.close();
    this.#reels.close();
    this.#hush();
  }

  #watch(effect: Signals.Effect, broadcast: Broadcast, source: Video.Source): void {
    effect.get(this.#tries);
    const name = source.out.track.peek();
    const config = source.out.config.peek();
    const active = config && broadcast.relativeBroadcast(effect, config.broadcast);
    if (!name || !config || !active) return;
    const { container, jitter: _, timeline: __, broadcast: ___, ...rest } = config;
    const description = bytes(config.description) ?? initial(container);
    const reading = new Signals.Effect();
    const pictures: Pictures = new Pictures(
      { ...rest, optimizeForLatency: true, ...(description ? { description } : {}) } as VideoDecoderConfig,
      () => {
        this.#reels.drop(reel);
        setTimeout(() => this.#tries.update((tries) => tries + 1), AGAIN);
      },
    );
    const reel = {
      put: (frame: Parameters<Pictures["put"]>[0], whole: boolean) => pictures.put(frame, whole),
      prepare: (position: number) => pictures.prepare(position),
      take: (position: number) => pictures.take(position),
      trim: (position: number) => pictures.trim(position),
      close: () => {
        reading.close();
        pictures.close();
      },
    };
    this.#reels.add(reel);
    // Our own hold on it: what is on its way still comes when the broadcast is announced no more.
    const held = active.clone();
    reading.cleanup(() => held.close());
    const track = { broadcast: held, name, priority: Hang.Catalog.PRIORITY.video, container };
    this.#read(reading, track, (frame, whole) => {
      this.#count(frame.timestamp);
      this.#seen = this.came;
      pictures.put({ stamp: frame.timestamp, key: frame.keyframe, data: frame.payload }, whole);
      if (document.hidden) this.#reels.trim(this.parts.playhead.at(this.came) * 1000);
    });
  }

  /** A frame of this stamp (µs) came. */
  #count(stamp: number): void {
    const { playhead, pulse } = this.parts;
    this.came = performance.now();
    const now = playhead.show(this.came);
    if (now && !pulse.late(this.came)) this.need.came(stamp / 1000, now);
  }

  #listen(effect: Signals.Effect, broadcast: Broadcast, source: Audio.Source, gist: Gist): void {
    if (!effect.get(this.audible)) {
      this.#hush();
      return;
    }
    const key = effect.get(gist);
    const name = source.out.track.peek();
    const config = source.out.config.peek();
    const active = key && config && broadcast.relativeBroadcast(effect, config.broadcast);
    // Where it is over, what it has left is heard until the seat goes.
    if (!name || !active) return;
    const voice = this.#voiceFor(key, config);
    const track = {
      broadcast: active,
      name,
      priority: Hang.Catalog.PRIORITY.audio,
      container: config.container,
    };
    this.#read(effect, track, (frame) => {
      if (performance.now() - this.#seen > BLIND) this.#count(frame.timestamp);
      voice.put(frame.timestamp, frame.payload);
    });
  }

  #voiceFor(key: string, config: Hang.Catalog.AudioConfig): Voice {
    const { container, jitter: _, timeline: __, broadcast: ___, ...rest } = config;
    if (this.#voice?.key === key) return this.#voice.voice;
    this.#hush();
    // In CMAF the description of Opus is no Ogg header, which the decoder would want.
    const plain = config.codec === "opus" && container.kind === "cmaf";
    const description = plain ? undefined : (bytes(config.description) ?? initial(container));
    const voice = new Voice(
      { ...rest, ...(description ? { description } : {}) } as AudioDecoderConfig,
      this.parts.mix,
      (local) => this.parts.playhead.at(local),
      this.#gain,
    );
    voice.heard = (level) => this.heard(level);
    this.#voice = { key, voice };
    return voice;
  }

  #hush(): void {
    this.#voice?.voice.close();
    this.#voice = undefined;
    this.heard(0);
  }

  #read(
    effect: Signals.Effect,
    track: Track,
    put: (frame: Hang.Container.Frame, whole: boolean) => void,
  ): void {
    const patience = { latencyMax: this.#patience.peek() + 1_000 };
    const subscriber = track.broadcast.track(track.name).subscribe({ priority: track.priority, ...patience });
    effect.cleanup(() => subscriber.close());
    // @moq/hang brings its own @moq/net: the same calls, but other classes and brands for the type checker.
    const consumer = new Hang.Container.Consumer(subscriber as never, {
      format: format(track.container),
      latency: this.#patience as never,
    });
    effect.cleanup(() => consumer.close());
    effect.spawn(async () => {
      for (let next = await consumer.next(); next; next = await consumer.next())
        if (next.frame) put(next.frame, next.continuous);
    });
  }
}

type Gist = Signals.Getter<string | undefined>;

/** What a track is decoded by. Of its config other things change as they are measured; nobody need begin anew for that. */
function gist(effect: Signals.Effect, { out }: Video.Source | Audio.Source): string | undefined {
  const name = effect.get(out.track);
  const config = effect.get<Partial<Hang.Catalog.VideoConfig & Hang.Catalog.AudioConfig> | undefined>(
    out.config,
  );
  if (!name || !config) return undefined;
  const { bitrate: _, framerate: __, jitter: ___, timeline: ____, ...rest } = config;
  return JSON.stringify([name, rest]);
}

/** Asks anew for a broadcast that is not there, or not any more. */
function insist(effect: Signals.Effect, broadcast: Broadcast, enabled: Signals.Signal<boolean>): void {
  effect.interval(() => {
    if (!enabled.peek()) enabled.set(true);
    else if (broadcast.out.status.peek() === "offline") enabled.set(false);
  }, AGAIN / 2);
}

function turnOf(catalog: Hang.Catalog.Video | undefined): Turn {
  return { rotation: (((catalog?.rotation ?? 0) % 360) + 360) % 360, flip: catalog?.flip ?? false };
}

function format(container: Track["container"]): Format {
  if (container.kind === "cmaf")
    return new Hang.Container.Cmaf.Format(Hang.Container.Cmaf.decodeInitSegment(unbase64(container.init)));
  return container.kind === "loc" ? new Hang.Container.Loc.Format() : new Hang.Container.Legacy.Format();
}

const initial = (container: Track["container"]): Uint8Array | undefined =>
  container.kind === "cmaf"
    ? Hang.Container.Cmaf.decodeInitSegment(unbase64(container.init)).description
    : undefined;

const unbase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

const bytes = (hex: string | undefined): Uint8Array | undefined =>
  hex ? Uint8Array.from(hex.match(/../g) ?? [], (two) => Number.parseInt(two, 16)) : undefined;
