/**
 * The picture and sound of one broadcast: which tracks (@moq/watch), their frames in order (@moq/hang), decoded and shown by the playhead.
 */
import { Audio, Broadcast, Hang, type Net, Signals, Video } from "@moq/watch";
import { Need } from "./need";
import { Pictures } from "./pictures";
import type { Playhead } from "./playhead";
import { BEAT, Pulse } from "./pulse";
import { Sounds } from "./sounds";

/** How much later than the playhead's delay a group may come in whole before it is given up (ms). */
const PATIENCE = 500;

type Consumed = Net.Broadcast.Consumer;
type Format = ConstructorParameters<typeof Hang.Container.Consumer>[1]["format"];

interface Track {
  broadcast: Consumed;
  name: string;
  priority: number;
  container: Hang.Catalog.VideoConfig["container"];
}

export class Seat {
  readonly need = new Need();
  readonly muted = new Signals.Signal(true);
  pictures: Pictures | undefined;
  /** Local time (ms) at which the last frame came. */
  heard = Number.NEGATIVE_INFINITY;
  #effect = new Signals.Effect();
  #patience = new Signals.Signal(1_000);
  #pulse = new Pulse();

  constructor(
    connection: Net.Connection.Reload,
    name: Net.Path.Valid,
    readonly playhead: Playhead,
  ) {
    const broadcast = new Broadcast({ connection: connection.established, enabled: true, name });
    const video = new Video.Source({ broadcast, supported: Video.Decoder.supported });
    const audio = new Audio.Source({ broadcast, supported: Audio.Decoder.supported });
    for (const one of [broadcast, video, audio]) this.#effect.cleanup(() => one.close());
    this.#effect.run((effect) => this.#watch(effect, broadcast, video));
    this.#effect.run((effect) => this.#listen(effect, broadcast, audio));
    this.#effect.interval(() => this.#pulse.beat(performance.now()), BEAT);
    this.#effect.interval(() => this.#patience.set(Math.round(this.playhead.delay) + PATIENCE), 1_000);
  }

  close(): void {
    this.#effect.close();
  }

  #watch(effect: Signals.Effect, broadcast: Broadcast, source: Video.Source): void {
    const name = effect.get(source.out.track);
    const config = effect.get(source.out.config);
    const active = config && broadcast.relativeBroadcast(effect, config.broadcast);
    if (!name || !config || !active) return;
    const { container, jitter: _, timeline: __, broadcast: ___, ...rest } = config;
    const description = bytes(config.description) ?? initial(container);
    const pictures = new Pictures(
      { ...rest, optimizeForLatency: true, ...(description ? { description } : {}) } as VideoDecoderConfig,
      () => effect.close(),
    );
    this.pictures = pictures;
    effect.cleanup(() => pictures.close());
    const track = { broadcast: active, name, priority: Hang.Catalog.PRIORITY.video, container };
    this.#read(effect, track, (frame, whole) => {
      this.heard = performance.now();
      const now = this.playhead.show(this.heard);
      if (now && !this.#pulse.late(this.heard)) this.need.came(frame.timestamp / 1000, now);
      pictures.put({ stamp: frame.timestamp, key: frame.keyframe, data: frame.payload }, whole);
      if (document.hidden) pictures.trim(this.playhead.at(this.heard) * 1000);
    });
  }

  #listen(effect: Signals.Effect, broadcast: Broadcast, source: Audio.Source): void {
    const name = effect.get(source.out.track);
    const config = effect.get(source.out.config);
    if (effect.get(this.muted) || !name || !config) return;
    const active = broadcast.relativeBroadcast(effect, config.broadcast);
    if (!active) return;
    const { container, jitter: _, timeline: __, broadcast: ___, ...rest } = config;
    // In CMAF the description of Opus is no Ogg header, which the decoder would want.
    const plain = config.codec === "opus" && container.kind === "cmaf";
    const description = plain ? undefined : (bytes(config.description) ?? initial(container));
    const sounds = new Sounds(
      { ...rest, ...(description ? { description } : {}) } as AudioDecoderConfig,
      (local) => this.playhead.at(local),
    );
    effect.cleanup(() => sounds.close());
    const track = { broadcast: active, name, priority: Hang.Catalog.PRIORITY.audio, container };
    this.#read(effect, track, (frame) => sounds.put(frame.timestamp, frame.payload));
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
