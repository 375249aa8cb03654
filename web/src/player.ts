/** The live picture and the scene track, over one MoQ connection to the relay (@moq/net, draft-lcurley-moq-lite). */
import { Snapshot } from "@moq/json";
import { Net } from "@moq/watch";
import type { Session } from "./identity";
import type { Picture, PictureHooks, PictureState, Playout } from "./picture";
import { Playhead } from "./playout/playhead";
import { Screen } from "./playout/screen";
import { Seat } from "./playout/seat";
import { t } from "./strings";
import type { SceneMsg } from "./wire";

/** Above pictures (60) and sound (80). */
const PRIORITY = 100;
/** Scenes come in whole; how many of them wait does not matter, only the last one does. */
const SCENE_LATENCY = 10_000;
/** How often the delay is looked at (ms). */
const LOOK = 250;
/** What a network may need until it is known (ms). */
const GUESS = 250;
/** Frames that came this short ago are still on their way to the screen (ms). */
const FRESH = 1_000;

type Relay = NonNullable<Session["relay"]>;

export class Player implements Picture {
  readonly playhead: Playhead;
  #connection: Net.Connection.Reload;
  #seat: Seat;
  #screen: Screen;
  #scened = false;
  #settled = false;
  #was = "";
  #ends: (() => void)[] = [];

  constructor(
    relay: Relay,
    show: string,
    box: HTMLElement,
    readonly hooks: PictureHooks,
  ) {
    this.#connection = connect(relay);
    this.playhead = new Playhead((local) => hooks.show(local));
    this.#seat = new Seat(this.#connection, Net.Path.from(`show/${show}/stage/programme`), this.playhead);
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", t("picture"));
    box.append(canvas);
    this.#screen = new Screen(
      canvas,
      this.playhead,
      () => this.#seat.pictures,
      () => this.#painted(),
    );
    const look = setInterval(() => this.#look(), LOOK);
    this.#ends.push(
      () => clearInterval(look),
      this.#connection.status.subscribe(() => this.#look()),
      this.#connection.established.subscribe(() => this.#seat.need.forget()),
      () => canvas.remove(),
    );
    this.#follow(show);
  }

  get frames(): number {
    return this.#screen.frames;
  }

  get state(): PictureState {
    const connected = this.#connection.status.peek() === "connected";
    if (!connected) return this.frames > 0 ? "waiting" : "connecting";
    if (this.#flows) return "playing";
    return this.frames > 0 ? "stalled" : "connecting";
  }

  get up(): boolean {
    const stuck = this.frames > 0 && !this.#flows;
    return this.#scened && this.#connection.status.peek() === "connected" && !stuck;
  }

  get muted(): boolean {
    return this.#seat.muted.peek();
  }

  set muted(muted: boolean) {
    this.#seat.muted.set(muted);
    this.hooks.changed();
  }

  get playout(): Playout {
    const { delay, lane } = this.playhead;
    return { delay, lane, need: this.#seat.need.value(this.playhead.show(performance.now())) };
  }

  position(): number {
    if (!this.#flows) return 0;
    // Nothing is painted while the page is hidden; it goes on where it will be when it is seen again.
    return document.hidden ? Math.round(this.playhead.at(performance.now()) * 1000) : this.#screen.position;
  }

  resume(): void {
    this.#steer();
    this.playhead.jump();
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#screen.close();
    this.#seat.close();
    this.#connection.close();
  }

  /** Whether there is a moving picture, or would be if the page were seen. */
  get #flows(): boolean {
    if (this.frames === 0) return false;
    return document.hidden ? performance.now() - this.#seat.heard < FRESH : !this.#screen.still;
  }

  #painted(): void {
    this.hooks.painted();
    if (this.#was !== `playing,${this.up}`) this.#look();
  }

  #look(): void {
    this.#steer();
    const now = `${this.state},${this.up}`;
    if (now === this.#was) return;
    const turned = !this.#was.endsWith(`,${this.up}`);
    this.#was = now;
    if (turned) this.hooks.turned();
    this.hooks.changed();
  }

  /** Before the first frames are there, and as long as nobody knows what the network needs, the delay is a guess. */
  #steer(): void {
    const { need } = this.playout;
    this.playhead.want(this.hooks.target(), need || GUESS);
    if (!this.#settled) this.playhead.jump();
    this.#settled ||= need > 0;
  }

  #follow(show: string): void {
    const broadcast = this.#connection.announcedBroadcast(Net.Path.from(`show/${show}/scene`));
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
}

function connect(relay: Relay): Net.Connection.Reload {
  const connection = new Net.Connection.Reload({
    enabled: true,
    url: new URL(relay.url),
    delay: { initial: 500, multiplier: 2, max: 5_000, timeout: 0 },
  });
  connection.webtransport = {
    serverCertificateHashes: [{ algorithm: "sha-256", value: relay.fingerprint }],
  };
  connection.websocket = { enabled: false };
  return connection;
}
