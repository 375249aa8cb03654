/** The live picture of all seats and the scene track, over one MoQ connection to the relay (@moq/net, draft-lcurley-moq-lite). */
import { Net } from "@moq/watch";
import { connect, type Door, type Doors } from "./doors";
import type { Session } from "./identity";
import type { Picture, PictureHooks, PictureState, Playout, SeatShown } from "./picture";
import { Extra } from "./playout/extra";
import { Faders } from "./playout/faders";
import { Mix } from "./playout/mix";
import { together } from "./playout/needs";
import { Playhead } from "./playout/playhead";
import { BEAT, Pulse } from "./playout/pulse";
import { Refresh } from "./playout/refresh";
import { Scenes } from "./playout/scenes";
import { Seat } from "./playout/seat";
import { Cast, PROGRAMME, seatsOf } from "./seats/cast";
import { type Tile, Tiles } from "./seats/tiles";
import type { SeatInfo, StageInfo } from "./wire";

/** How often the delay is looked at (ms). */
const LOOK = 250;
/** What a network may need until it is known (ms). */
const GUESS = 250;
/** Frames that came this short ago are still on their way to the screen (ms). */
const FRESH = 1_000;
/** More seats than a stage has are not connected to, whatever is announced. */
const MOST = 12;
/** Who is on the way to the stage keeps the connection with which they publish. */
const SEATED = ["check", "green", "live"];
const SEAT = /^[\w-]{1,32}$/;
/** The scene that names somebody comes this soon after they are announced (ms). */
const EARLY = 10_000;

type Relay = NonNullable<Session["relay"]>;

/** Something that is listened to: how loud it is just now (RMS), and whether it is to be heard. */
export interface Listened {
  level(): number;
  mute(muted: boolean): void;
}

export class Player implements Picture {
  readonly connection: Net.Connection.Reload;
  #doors: Doors;
  readonly playhead: Playhead;
  #show: string;
  #box: HTMLElement;
  #tiles: Tiles;
  #cast = new Cast();
  #seats = new Map<string, Seat>();
  /** Who is announced, and since when (local time, ms). */
  #announced = new Map<string, number>();
  #mix = new Mix();
  #scenes: Scenes | undefined;
  #faders = new Faders(this.#seats, (info) => info.microphone !== false && !this.#cast.isCut(info));
  #pulse = new Pulse();
  #extras = new Set<Extra>();
  #muted = true;
  #stage: StageInfo | undefined;
  /** Somebody's first frame is waited for. */
  #waits = true;
  #settled = false;
  #frames = 0;
  #was = "";
  #ends: (() => void)[] = [];

  constructor(
    relay: Relay,
    show: string,
    box: HTMLElement,
    readonly hooks: PictureHooks,
  ) {
    this.#show = show;
    this.#box = box;
    this.#doors = connect(relay, () => SEATED.includes(hooks.me().mine?.state ?? ""));
    this.connection = this.#doors.connection;
    this.playhead = new Playhead((local) => hooks.show(local));
    this.#tiles = new Tiles(box, { me: () => hooks.me().viewer, preview: () => hooks.preview() });
    const refresh = new Refresh((now, seen) => this.#refresh(now, seen));
    const look = setInterval(() => this.#look(), LOOK);
    const beat = setInterval(() => this.#pulse.beat(performance.now()), BEAT);
    this.#ends.push(
      () => refresh.close(),
      () => clearInterval(look),
      () => clearInterval(beat),
      this.connection.status.subscribe(() => this.#look()),
      this.connection.established.subscribe(() => {
        for (const seat of this.#seats.values()) seat.need.forget();
      }),
    );
    this.#scenes = new Scenes(
      this.connection,
      Net.Path.from(`show/${show}/scene`),
      (scene) => {
        hooks.scene(scene);
        this.staged();
      },
      () => this.#look(),
    );
    this.#hearOf().catch(() => {});
    this.staged();
  }

  get frames(): number {
    return this.#frames;
  }

  get state(): PictureState {
    const connected = this.connection.status.peek() === "connected";
    if (!connected) return this.#frames > 0 ? "waiting" : "connecting";
    if (this.#flows) return "playing";
    return this.#frames > 0 ? "stalled" : "connecting";
  }

  get door(): Door {
    return this.#doors.door ?? "moq";
  }

  get up(): boolean {
    const stuck = this.#frames > 0 && !this.#flows;
    return (this.#scenes?.up ?? false) && this.connection.status.peek() === "connected" && !stuck;
  }

  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    this.#sound();
    this.hooks.changed();
  }

  get playout(): Playout {
    const { delay, lane } = this.playhead;
    const now = performance.now();
    return { delay, lane, need: together([...this.#seats.values()], now, this.playhead.show(now)) };
  }

  seats(): SeatShown[] {
    return this.#tiles.shown.map(({ info: { seat } }) => {
      const screen = this.#seats.get(seat)?.screen;
      return { seat, frames: screen?.frames ?? 0, stamp: screen?.stamp ?? 0 };
    });
  }

  position(): number {
    const lead = this.#lead;
    const now = performance.now();
    const head = Math.round(this.playhead.at(now) * 1000);
    if (!lead) return this.#flows ? head : 0;
    // Nothing is painted while the page is hidden; it goes on where it will be when it is seen again.
    return document.hidden ? head : lead.screen.position;
  }

  resume(): void {
    this.#steer();
    this.playhead.jump();
  }

  staged(): void {
    const [shown, coming] = [this.hooks.stage(), this.hooks.coming()];
    const wanted = [...this.#cast.wanted(shown, coming, this.#early())].filter((seat) => !this.#isOwn(seat));
    for (const seat of this.#seats.keys()) if (!wanted.includes(seat)) this.#drop(seat);
    for (const seat of wanted.slice(0, MOST)) if (!this.#seats.has(seat)) this.#connect(seat);
    this.#stage = shown;
    this.#compose(performance.now());
    this.#sound();
  }

  /** As `Picture.listen`; what stops it also says how loud it is, and mutes it. */
  listen(path: string, canvas?: HTMLCanvasElement): (() => void) & Listened {
    const extra = new Extra({
      connection: this.connection,
      path: Net.Path.from(path),
      mix: this.#mix,
      pulse: this.#pulse,
      show: (local) => this.hooks.show(local),
      canvas,
    });
    this.#extras.add(extra);
    const stop = (): void => {
      this.#extras.delete(extra);
      extra.close();
    };
    const mute = (muted: boolean): void => {
      extra.muted = muted;
    };
    return Object.assign(stop, { level: () => extra.level, mute });
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#scenes?.close();
    for (const extra of this.#extras) extra.close();
    for (const seat of [...this.#seats.keys()]) this.#drop(seat);
    this.#tiles.close();
    this.#doors.close();
  }

  /** Whether there is a moving picture, or would be if the page were seen; or none is to be expected. */
  get #flows(): boolean {
    return this.#lead !== undefined || !seatsOf(this.#stage).some((info) => this.#expected(info));
  }

  /** The seat whose position is this screen's: the programme, else who is large, else anybody whose picture moves. */
  get #lead(): Seat | undefined {
    const first = [PROGRAMME, this.#stage?.main ?? ""];
    const names = [...first, ...seatsOf(this.#stage).map((info) => info.seat)];
    return names.map((name) => this.#seats.get(name)).find((seat) => seat !== undefined && moves(seat));
  }

  /** Whether a moving picture is to be expected of a seat. */
  #expected(info: SeatInfo): boolean {
    const paused = info.seat === PROGRAMME && this.#stage?.programme?.playing === false;
    return !paused && info.camera !== false && !info.away && !this.#isMine(info);
  }

  #isMine(info: SeatInfo): boolean {
    const { viewer } = this.hooks.me();
    return viewer > 0 && info.viewer === viewer;
  }

  #isOwn(seat: string): boolean {
    const infos = [this.hooks.stage(), this.hooks.coming()].flatMap((stage) => stage?.seats ?? []);
    return (
      seat === this.hooks.me().mine?.seat || infos.some((info) => info.seat === seat && this.#isMine(info))
    );
  }

  /** Who is announced, but may not be in any scene that came. Not for long: nobody decodes what is not shown. */
  #early(): string[] {
    const since = performance.now() - EARLY;
    return [...this.#announced].flatMap(([seat, at]) => (at > since && SEAT.test(seat) ? [seat] : []));
  }

  #connect(name: string): void {
    const canvas = document.createElement("canvas");
    const seat = new Seat({
      connection: this.connection,
      path: Net.Path.from(`show/${this.#show}/stage/${name}`),
      playhead: this.playhead,
      pulse: this.#pulse,
      mix: this.#mix,
      canvas,
      announced: true,
    });
    this.#tiles.drop(name);
    const tile = this.#tiles.tile(name, () => canvas);
    const room = this.#tiles.shown.length > 0 ? 3 : 1;
    seat.pixels = dots(this.#box.clientWidth, this.#box.clientHeight) / room;
    seat.shaped = () => tile.fit();
    seat.heard = (level) => {
      tile.level = level;
      this.#faders.hear(name, level, performance.now());
    };
    this.#seats.set(name, seat);
  }

  #drop(name: string): void {
    this.#seats.get(name)?.close();
    this.#seats.delete(name);
    this.#tiles.drop(name);
    this.#faders.forget(name);
  }

  #refresh(now: number, seen: number): void {
    this.playhead.move(now);
    const due = this.playhead.at(seen) * 1000;
    let painted = 0;
    for (const { screen } of this.#seats.values()) painted += screen.refresh(due, now) ? 1 : 0;
    this.#frames += painted;
    // First what is shown now decides which scene may be seen, then the scene which tiles there are.
    if (painted > 0) this.#painted();
    if (this.hooks.stage() !== this.#stage) this.staged();
    else if (this.#waits) this.#compose(now);
    this.#cards();
  }

  /** Who has a tile. */
  #compose(now: number): void {
    const placed = this.#cast.placed(this.#stage, now, (info) => this.#ready(info));
    for (const { seat } of placed) this.#tiles.tile(seat, () => document.createElement("canvas"));
    this.#tiles.show(this.#stage, placed);
    this.#waits = placed.length < seatsOf(this.#stage).length;
    this.#cards();
  }

  /** Whether each tile shows a picture or the card. */
  #cards(): void {
    for (const tile of this.#tiles.shown) tile.picture = this.#moving(tile);
  }

  /** Its first frame is on its canvas, or it has none to wait for. */
  #ready(info: SeatInfo): boolean {
    const stamp = this.#seats.get(info.seat)?.screen.stamp ?? 0;
    return (
      !(info.camera !== false && !info.away) ||
      this.#isMine(info) ||
      (stamp > 0 && stamp >= (info.since ?? 0))
    );
  }

  /** A picture that stands still while others move is none; where all stand still, they wait for the network together. */
  #moving({ info }: Tile): boolean {
    const seat = this.#seats.get(info.seat);
    if (!seat || seat.screen.frames === 0) return false;
    return info.seat === PROGRAMME || !seat.screen.still || document.hidden || this.#lead === undefined;
  }

  #sound(): void {
    for (const seat of this.#seats.values()) seat.audible.set(!this.#muted);
    this.#faders.stage(this.#stage);
  }

  #painted(): void {
    this.hooks.painted();
    if (this.#was !== `playing,${this.up}`) this.#look();
  }

  #look(): void {
    this.#steer();
    this.staged();
    for (const tile of this.#tiles.shown) {
      const seat = this.#seats.get(tile.info.seat);
      if (seat && tile.width > 0) seat.pixels = dots(tile.width, tile.height);
    }
    const now = `${this.state},${this.up}`;
    if (now === this.#was) return;
    const turned = !this.#was.endsWith(`,${this.up}`);
    this.#was = now;
    if (turned) this.hooks.turned();
    this.hooks.changed();
  }

  /**
   * Before the first frames are there, and as long as nobody knows what the network needs, the delay is a guess. Guests talk with each
   * other: on stage and before it they keep to no common delay.
   */
  #steer(): void {
    const { need } = this.playout;
    const guest = ["green", "live"].includes(this.hooks.me().mine?.state ?? "");
    this.playhead.want(guest ? 0 : this.hooks.target(), need || GUESS);
    if (!this.#settled) this.playhead.jump();
    this.#settled ||= need > 0;
  }

  /** Hears who is announced, often before a scene says so. */
  async #hearOf(): Promise<void> {
    const prefix = `show/${this.#show}/stage`;
    const announced = this.connection.announced(Net.Path.from(prefix));
    this.#ends.push(() => announced.close());
    for (let next = await announced.next(); next; next = await announced.next()) {
      if (next.active) this.#announced.set(next.path, performance.now());
      else this.#announced.delete(next.path);
      this.staged();
    }
  }
}

/** Whether a seat's picture moves, or would if the page were seen. */
const moves = (seat: Seat): boolean =>
  seat.screen.frames > 0 && (document.hidden ? performance.now() - seat.came < FRESH : !seat.screen.still);

/** Pixels of the display. */
const dots = (width: number, height: number): number => width * height * devicePixelRatio ** 2;
