/**
 * A broadcast on the session with which this page watches: tracks in hang's legacy container, their catalog, and how much of it waits.
 *
 * When the session is lost and comes back, the same tracks are published on the new one.
 */
import { Hang, Net } from "@moq/watch";

const { PRIORITY, TRACK } = Hang.Catalog;
/** What waits longer than this in the page is of no use to anybody (ms). */
const LATENCY = 2_000;
/** Of so many groups it is counted how much waits. */
const COUNTED = 3;

export interface VideoConfig {
  codec: string;
  description?: string;
  codedWidth: number;
  codedHeight: number;
  framerate: number;
  bitrate: number;
}

export interface SoundConfig {
  codec: string;
  description?: string;
  sampleRate: number;
  numberOfChannels: number;
  bitrate: number;
}

interface Source {
  byteLength: number;
  copyTo(to: Uint8Array): void;
}

export class Outlet {
  #broadcast: Net.Broadcast.Producer | undefined;
  readonly #tracks: Net.Track.Producer[] = [];
  readonly #catalog: Net.Track.Producer;
  readonly #video = new Map<string, VideoConfig>();
  readonly #lanes: Lane[] = [];
  #sound: SoundConfig | undefined;
  #said: Net.Group.Producer | undefined;
  #told = "";
  #end: () => void;

  /** `fresh` is called when there is a session that has seen nothing yet. */
  constructor(
    readonly connection: Net.Connection.Reload,
    readonly path: string,
    readonly fresh: () => void,
  ) {
    this.#catalog = this.#insert(TRACK, { priority: PRIORITY.catalog });
    this.#end = connection.established.subscribe((session) => this.#publish(session));
    this.#publish(connection.established.peek());
  }

  get connected(): boolean {
    return this.connection.established.peek() !== undefined;
  }

  /** A new track; `kind` says how urgent it is. */
  track(name: string, kind: "video" | "audio"): Lane {
    const lane = new Lane(
      this.#insert(name, {
        timescale: Net.Time.Timescale.MICRO,
        latencyMax: LATENCY,
        priority: PRIORITY[kind],
      }),
    );
    this.#lanes.push(lane);
    return lane;
  }

  /** Bytes written so far. */
  get sent(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.sent, 0);
  }

  /** What is in this video track from now on; nothing: it is not to be chosen any more. */
  video(name: string, config: VideoConfig | undefined): void {
    if (config) this.#video.set(name, config);
    else this.#video.delete(name);
    this.#tell();
  }

  sound(config: SoundConfig | undefined): void {
    this.#sound = config;
    this.#tell();
  }

  close(): void {
    this.#end();
    this.#said?.close();
    this.#broadcast?.close();
    for (const track of this.#tracks) track.close();
  }

  #insert(name: string, info: Partial<Net.Track.Info>): Net.Track.Producer {
    const track = new Net.Track.Producer(name).accept(info);
    this.#tracks.push(track);
    this.#broadcast?.insertTrack(track);
    return track;
  }

  #publish(session: Net.Connection.Established | undefined): void {
    if (!session) return;
    // A session that ends closes its broadcasts, but not their tracks.
    const broadcast = new Net.Broadcast.Producer();
    for (const track of this.#tracks) broadcast.insertTrack(track);
    this.#broadcast = broadcast;
    refuse(broadcast).catch(() => {});
    session.publish(Net.Path.from(this.path), broadcast);
    this.fresh();
  }

  /** Says what there is, when that has changed. The group stays open: a closed one would soon be forgotten. */
  #tell(): void {
    const legacy = { container: { kind: "legacy" } };
    const renditions = Object.fromEntries(
      [...this.#video].map(([name, one]) => [name, { ...one, ...legacy }]),
    );
    const catalog = JSON.stringify({
      ...(this.#video.size ? { video: { renditions } } : {}),
      ...(this.#sound ? { audio: { renditions: { audio: { ...this.#sound, ...legacy } } } } : {}),
    });
    if (catalog === this.#told) return;
    this.#told = catalog;
    this.#said?.close();
    this.#said = this.#catalog.appendGroup();
    this.#said.writeString(catalog);
  }
}

/** Who asks for a track that there is not hears so. */
async function refuse(broadcast: Net.Broadcast.Producer): Promise<void> {
  for (let asked = await broadcast.requested(); asked; asked = await broadcast.requested())
    asked.reject(new Error("no such track"));
}

/** One track. A key frame begins a group. */
export class Lane {
  readonly #track: Net.Track.Producer;
  #group: Metered | undefined;
  #next = 0;
  #waiting: Metered[] = [];
  /** Bytes so far. */
  sent = 0;

  constructor(track: Net.Track.Producer) {
    this.#track = track;
  }

  /** Whether anybody reads it. */
  get used(): boolean {
    return this.#track.used.peek();
  }

  /** Bytes of the last groups that wait to be sent. */
  get backlog(): number {
    return this.#waiting.reduce((sum, group) => sum + group.backlog, 0);
  }

  /** A frame, stamped with show time (µs). What comes before the first key frame is left out. */
  write(data: Source, stamp: number, key: boolean): void {
    if (key) {
      this.#group?.close();
      this.#group = new Metered(this.#next++);
      this.#waiting.push(this.#group);
      if (this.#waiting.length > COUNTED) this.#waiting.shift();
      this.#track.writeGroup(this.#group);
    }
    if (!this.#group) return;
    const payload = Hang.Container.Legacy.encodeFrame(data, stamp as never);
    this.sent += payload.byteLength;
    this.#group.writeFrame({ payload, timestamp: Net.Time.Timestamp.fromMicros(stamp) });
  }

  /** Sends no more of this group: it begins anew with the next key frame. */
  abandon(): void {
    this.#group?.close(new Error("given up"));
    this.#group = undefined;
  }

  close(): void {
    this.#group?.close();
    this.#track.close();
  }
}

/** A group that knows how much of it its reader has not taken yet: a session reads as fast as it can send. */
class Metered extends Net.Group.Producer {
  #readers = new Set<{ left: number }>();
  #bytes = 0;

  get backlog(): number {
    return Math.max(0, ...[...this.#readers].map((one) => one.left));
  }

  override writeFrame(frame: Net.Group.Frame): void {
    this.#bytes += frame.payload.byteLength;
    for (const one of this.#readers) one.left += frame.payload.byteLength;
    super.writeFrame(frame);
  }

  override mirror(): Net.Group.Consumer {
    const reader = super.mirror();
    const meter = { left: this.#bytes };
    this.#readers.add(meter);
    const read = reader.readFrame.bind(reader);
    reader.readFrame = async () => {
      const frame = await read();
      meter.left -= frame?.payload.byteLength ?? 0;
      if (!frame) this.#readers.delete(meter);
      return frame;
    };
    const gone = reader.closed.subscribe((closed) => {
      // Closed in order: what waits is still read. Broken off: nobody reads it any more.
      if (!(closed instanceof Error)) return;
      this.#readers.delete(meter);
      gone();
    });
    return reader;
  }
}
