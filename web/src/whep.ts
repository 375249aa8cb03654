/**
 * The picture by WHEP (draft-ietf-wish-whep), for browsers and pages without WebCodecs: those over plain http, say. A session and a
 * video element for each seat; scenes come by the link.
 *
 * The server's RTP timestamps are show time (90 per ms, modulo 2**32), so each frame that is presented says which moment it is: to the
 * frame, as with the canvases of the other doors. The browser's own jitter buffer holds frames back until they are due.
 */
import type { Net } from "@moq/watch";
import type { Door } from "./doors";
import type { Session } from "./identity";
import type { Picture, PictureHooks, PictureState, Playout, SeatShown } from "./picture";
import { Duck } from "./playout/duck";
import { Playhead } from "./playout/playhead";
import { Cast, PROGRAMME, seatsOf } from "./seats/cast";
import { Tiles } from "./seats/tiles";
import { WhepSeat } from "./whep/seat";
import type { SeatInfo, StageInfo } from "./wire";

/** How often delay, sound and state are looked at (ms). */
const LOOK = 100;
/** What a network may need until it is known (ms). */
const GUESS = 300;
/** More seats than a stage has are not connected to. */
const MOST = 12;

export class WhepPlayer implements Picture {
  readonly connection: Net.Connection.Reload | undefined = undefined;
  readonly door: Door = "whep";
  /** Scenes come by the link. */
  readonly up = false;
  readonly playhead: Playhead;
  #tiles: Tiles;
  #cast = new Cast();
  #duck = new Duck();
  #seats = new Map<string, WhepSeat>();
  #gone = 0;
  #muted = true;
  #stage: StageInfo | undefined;
  #was: PictureState | undefined;
  #ends: (() => void)[] = [];

  constructor(
    readonly session: Session,
    box: HTMLElement,
    readonly hooks: PictureHooks,
  ) {
    this.playhead = new Playhead((local) => hooks.show(local));
    this.#tiles = new Tiles(box, { me: () => hooks.me().viewer, preview: () => hooks.preview() });
    const look = setInterval(() => this.#look(), LOOK);
    this.#ends.push(() => clearInterval(look));
    this.staged();
  }

  get frames(): number {
    return [...this.#seats.values()].reduce((sum, seat) => sum + seat.frames, this.#gone);
  }

  get state(): PictureState {
    if (this.#lead) return "playing";
    const connected = [...this.#seats.values()].some((seat) => seat.connected);
    if (this.frames === 0) return "connecting";
    return connected ? "stalled" : "waiting";
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
    const { lane } = this.playhead;
    const show = this.playhead.show(performance.now());
    const needs = [...this.#seats.values()].map((seat) => seat.need.value(show));
    const delay = this.#lead?.hold.delay || this.playhead.delay;
    return { delay, lane, need: Math.max(0, ...needs) };
  }

  seats(): SeatShown[] {
    return this.#tiles.shown.map(({ info: { seat } }) => {
      const shown = this.#seats.get(seat);
      return { seat, frames: shown?.frames ?? 0, stamp: Math.round(shown?.stamp ?? 0) };
    });
  }

  position(): number {
    const lead = this.#lead;
    if (lead && !document.hidden) return lead.position;
    // Nothing is presented while the page is hidden: it goes on as it was.
    const now = this.playhead.show(performance.now());
    return document.hidden && this.frames > 0 && now ? Math.round((now - this.playout.delay) * 1000) : 0;
  }

  staged(): void {
    const [shown, coming] = [this.hooks.stage(), this.hooks.coming()];
    const own = this.hooks.me().mine?.seat;
    const wanted = [...this.#cast.wanted(shown, coming)].filter((seat) => seat !== own).slice(0, MOST);
    for (const seat of [...this.#seats.keys()]) if (!wanted.includes(seat)) this.#drop(seat);
    for (const seat of wanted) if (!this.#seats.has(seat)) this.#connect(seat);
    this.#stage = shown;
    this.#compose();
    this.#sound();
  }

  /** Green rooms need another browser: who is in one publishes as well. */
  listen(): () => void {
    return () => {};
  }

  resume(): void {
    this.#steer();
    this.playhead.jump();
  }

  close(): void {
    for (const end of this.#ends) end();
    for (const seat of [...this.#seats.keys()]) this.#drop(seat);
    this.#tiles.close();
  }

  /** The seat whose position is this screen's: the programme, else who is large, else anybody whose picture moves. */
  get #lead(): WhepSeat | undefined {
    const names = [PROGRAMME, this.#stage?.main ?? "", ...seatsOf(this.#stage).map((info) => info.seat)];
    const seats = names.map((name) => this.#seats.get(name));
    return seats.find((seat) => seat && seat.frames > 0 && (document.hidden || !seat.still));
  }

  #connect(name: string): void {
    const { show, token } = this.session;
    const painted = () => this.#painted();
    const seat = new WhepSeat(`/whep/${show.id}/${name}`, token, this.playhead, painted, () => this.#look());
    this.#tiles.drop(name);
    const tile = this.#tiles.tile(name, () => seat.video);
    seat.shaped = () => tile.fit();
    this.#seats.set(name, seat);
  }

  #drop(name: string): void {
    const seat = this.#seats.get(name);
    this.#gone += seat?.frames ?? 0;
    seat?.close();
    this.#seats.delete(name);
    this.#tiles.drop(name);
    this.#duck.forget(name);
  }

  #painted(): void {
    this.hooks.painted();
    if (this.hooks.stage() !== this.#stage) this.staged();
    if (this.#was !== "playing") this.#look();
  }

  /** The tiles: who has one, and whether it shows a picture or the card. */
  #compose(): void {
    const placed = this.#cast.placed(this.#stage, performance.now(), (info) => this.#ready(info));
    for (const { seat } of placed) this.#tiles.tile(seat, () => document.createElement("video"));
    this.#tiles.show(this.#stage, placed);
    for (const tile of this.#tiles.shown) tile.picture = this.#moves(tile.info);
  }

  #ready(info: SeatInfo): boolean {
    const stamp = this.#seats.get(info.seat)?.stamp ?? 0;
    const { viewer } = this.hooks.me();
    const mine = viewer > 0 && info.viewer === viewer;
    return info.camera === false || !!info.away || mine || (stamp > 0 && stamp >= (info.since ?? 0));
  }

  #moves(info: SeatInfo): boolean {
    const seat = this.#seats.get(info.seat);
    if (!seat || seat.frames === 0) return false;
    return info.seat === PROGRAMME || !seat.still || document.hidden || this.#lead === undefined;
  }

  #sound(): void {
    const infos = new Map(seatsOf(this.#stage).map((info) => [info.seat, info]));
    const down = this.#duck.down(performance.now());
    for (const [name, { video }] of this.#seats) {
      const info = infos.get(name);
      const heard = info && info.microphone !== false && !this.#cast.isCut(info);
      const ducked = down && name === PROGRAMME ? (this.#stage?.duck ?? 0.25) : 1;
      const gain = heard ? Math.max(0, Math.min(1, this.#stage?.gains?.[name] ?? 1)) * ducked : 0;
      // Volume alone does not count where the system has the only dial: phones.
      video.muted = this.#muted || gain === 0;
      video.volume = gain;
    }
  }

  #listenIn(now: number): void {
    for (const tile of this.#tiles.shown) {
      const level = this.#muted ? 0 : (this.#seats.get(tile.info.seat)?.level ?? 0);
      tile.level = level;
      if (tile.info.seat !== PROGRAMME) this.#duck.hear(tile.info.seat, level, now);
    }
    this.#sound();
  }

  #look(): void {
    const now = performance.now();
    this.#steer();
    this.playhead.move(now);
    for (const seat of this.#seats.values()) seat.steer(now);
    this.#listenIn(now);
    this.#compose();
    const state = this.state;
    if (state === this.#was) return;
    const turned = (state === "playing") !== (this.#was === "playing");
    this.#was = state;
    if (turned) this.hooks.turned();
    this.hooks.changed();
  }

  #steer(): void {
    const { need } = this.playout;
    this.playhead.want(this.hooks.target(), need || GUESS);
    if (this.frames === 0) this.playhead.jump();
  }
}
