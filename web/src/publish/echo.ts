/**
 * How late one's own picture comes to the node: it is read back from the green room, the smallest rendition, and its age compared with
 * the least that it was.
 *
 * Nothing in the page tells: a browser takes what is written long before it is sent, and reports nothing of a session's congestion.
 */
import { Snapshot } from "@moq/json";
import { Hang, Net } from "@moq/watch";

/** How long the least age is remembered (ms); between once and twice as long. */
const WINDOW = 30_000;
/** What can be told of a picture that has not come yet (ms). */
const FRAME = 100;

type Tracks = Record<string, { codedWidth?: number; container?: { kind: string } }>;
interface Catalog {
  video?: { renditions?: Tracks };
}

export class Echo {
  #broadcast: Net.Broadcast.Consumer;
  #track: Net.Track.Subscriber | undefined;
  #name = "";
  #base = new Least();
  #stamp = 0;
  #age = 0;

  /** `show`: the page's time (ms) as show time (ms). */
  constructor(
    session: Net.Connection.Established,
    readonly path: string,
    readonly show: (local: number) => number,
  ) {
    this.#broadcast = session.consume(Net.Path.from(path));
    this.#follow().catch(() => {});
  }

  /** How much later than at best it comes (ms), where `sent` (show time, ms) is what was sent last; 0: not known. */
  lag(sent: number): number {
    if (!this.#stamp) return 0;
    const now = this.show(performance.now());
    const missing = sent - this.#stamp > FRAME ? now - this.#stamp : 0;
    return Math.max(0, Math.max(this.#age, missing) - this.#base.value);
  }

  close(): void {
    this.#track?.close();
    this.#broadcast.close();
  }

  async #follow(): Promise<void> {
    const track = this.#broadcast.subscribe(Hang.Catalog.TRACK, { priority: Hang.Catalog.PRIORITY.catalog });
    // @moq/json brings its own @moq/net: the same calls, but another class for the type checker.
    for await (const catalog of new Snapshot.Consumer<Catalog>(track as never)) this.#choose(catalog);
  }

  #choose(catalog: Catalog): void {
    const legacy = Object.entries(catalog.video?.renditions ?? {}).filter(
      ([, one]) => one.container?.kind === "legacy",
    );
    const [name = ""] = legacy.sort(([, a], [, b]) => (a.codedWidth ?? 0) - (b.codedWidth ?? 0))[0] ?? [];
    if (name === this.#name) return;
    this.#name = name;
    this.#track?.close();
    this.#track = name ? this.#broadcast.subscribe(name, { priority: 1, latencyMax: 0 }) : undefined;
    if (this.#track) this.#read(this.#track).catch(() => {});
  }

  async #read(track: Net.Track.Subscriber): Promise<void> {
    for (let frame = await track.readFrame(); frame; frame = await track.readFrame()) {
      const [stamp] = Net.Varint.decode(frame.payload);
      const now = this.show(performance.now());
      this.#stamp = Number(stamp) / 1000;
      this.#age = now - this.#stamp;
      this.#base.put(now, this.#age);
    }
  }
}

/** The least of a while. */
class Least {
  #now = Number.POSITIVE_INFINITY;
  #before = Number.POSITIVE_INFINITY;
  #since = 0;

  put(at: number, value: number): void {
    if (at - this.#since > WINDOW) {
      this.#before = this.#now;
      this.#now = value;
      this.#since = at;
    }
    this.#now = Math.min(this.#now, value);
  }

  get value(): number {
    return Math.min(this.#now, this.#before);
  }
}
