/** The live picture and the scene track, over one MoQ connection to the relay (@moq/watch, draft-lcurley-moq-lite). */
import { Snapshot } from "@moq/json";
import { Net } from "@moq/watch";
import MoqWatch from "@moq/watch/element";
import type { Session } from "./identity";
import type { Picture, PictureHooks, PictureState } from "./picture";
import { t } from "./strings";
import type { SceneMsg } from "./wire";

/** What the networks of an audience need (ms): below it pictures stutter, above it hosts wait. */
const LATENCY = Net.Time.Milli(150);
/** A frame that stays longer than this on the screen is no position any more (ms). */
const STILL = 1_000;
/** Above pictures (60) and sound (80). */
const PRIORITY = 100;
/** Scenes come in whole; how many of them wait does not matter, only the last one does. */
const SCENE_LATENCY = 10_000;

type Relay = NonNullable<Session["relay"]>;

export class Player implements Picture {
  frames = 0;
  #element: MoqWatch;
  #stamp = 0;
  #painted = 0;
  #scened = false;
  #was = "";
  #ends: (() => void)[] = [];

  constructor(
    relay: Relay,
    show: string,
    box: HTMLElement,
    readonly hooks: PictureHooks,
  ) {
    this.#element = element(relay, show);
    box.append(this.#element);
    const { connection, renderer } = this.#element;
    this.#ends.push(renderer.out.timestamp.subscribe((stamp) => this.#paint(stamp)));
    this.#ends.push(connection.status.subscribe(() => this.#look()));
    const watch = setInterval(() => this.#look(), 500);
    this.#ends.push(() => clearInterval(watch));
    this.#follow(show);
    const together = Number(new URLSearchParams(location.search).get("together"));
    if (together > 0) this.#steer(together);
  }

  get state(): PictureState {
    if (this.#element.connection.status.peek() !== "connected")
      return this.frames > 0 ? "waiting" : "connecting";
    if (this.#still) return this.frames > 0 ? "stalled" : "connecting";
    return "playing";
  }

  get up(): boolean {
    const stuck = this.frames > 0 && this.#still && !document.hidden;
    return this.#scened && this.#element.connection.status.peek() === "connected" && !stuck;
  }

  get muted(): boolean {
    return this.#element.muted;
  }

  set muted(muted: boolean) {
    this.#element.volume = 1;
    this.#element.muted = muted;
    this.hooks.changed();
  }

  position(): number {
    return this.#still ? 0 : this.#stamp;
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#element.remove();
  }

  get #still(): boolean {
    return performance.now() - this.#painted > STILL;
  }

  #paint(stamp: number | undefined): void {
    const micros = Math.round((stamp ?? 0) * 1000);
    if (!micros || micros === this.#stamp) return;
    this.#stamp = micros;
    this.#painted = performance.now();
    this.frames += 1;
    if (this.#was !== `playing,${this.up}`) this.#look();
  }

  #look(): void {
    const now = `${this.state},${this.up}`;
    if (now === this.#was) return;
    const turned = !this.#was.endsWith(`,${this.up}`);
    this.#was = now;
    if (turned) this.hooks.turned();
    this.hooks.changed();
  }

  #follow(show: string): void {
    const broadcast = this.#element.connection.announcedBroadcast(Net.Path.from(`show/${show}/scene`));
    let reading = 0;
    const end = broadcast.active.subscribe((active) => {
      reading += 1;
      const mine = reading;
      if (active) this.#read(active, () => mine === reading).catch(() => {});
      this.#scened = false;
      this.#look();
    });
    const active = broadcast.active.peek();
    if (active) this.#read(active, () => reading === 0).catch(() => {});
    this.#ends.push(end, () => broadcast.close());
  }

  async #read(broadcast: Net.Broadcast.Consumer, current: () => boolean): Promise<void> {
    const track = broadcast.subscribe("scene", { priority: PRIORITY, latencyMax: SCENE_LATENCY });
    // @moq/watch brings its own @moq/net: the same calls, but another class for the type checker.
    const scenes = new Snapshot.Consumer<SceneMsg>(track as never, { compression: true });
    for await (const scene of scenes) {
      if (!current()) return;
      this.#scened = true;
      this.hooks.scene(scene);
      this.#look();
    }
    if (current()) this.#scened = false;
    this.#look();
  }

  /**
   * Plays `delay` ms behind show time: latency = D − offset − reference − (buffer − jitter), whenever the reference moves.
   * Media are stamped in show time, so no publisher's offset comes into it.
   */
  #steer(delay: number): void {
    const { sync } = this.#element;
    const apply = (): void => {
      const reference = sync.out.reference.peek();
      if (reference === undefined) return;
      const rest = sync.out.buffer.peek() - sync.out.jitter.peek();
      const latency = Math.floor(delay - this.hooks.offset() - reference - rest);
      this.#element.latency = Net.Time.Milli(Math.min(5_000, Math.max(0, latency)));
    };
    this.#ends.push(sync.out.reference.subscribe(apply));
    const again = setInterval(apply, 2_000);
    this.#ends.push(() => clearInterval(again));
  }
}

function element(relay: Relay, show: string): MoqWatch {
  const made = new MoqWatch();
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", t("picture"));
  made.connection.webtransport = {
    serverCertificateHashes: [{ algorithm: "sha-256", value: relay.fingerprint }],
  };
  made.connection.websocket = { enabled: false };
  made.connection.delay = { initial: 500, multiplier: 2, max: 5_000, timeout: 0 };
  made.name = `show/${show}/stage/host`;
  made.latency = LATENCY;
  made.muted = true;
  made.append(canvas);
  made.url = relay.url;
  return made;
}
