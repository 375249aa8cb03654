/**
 * All that a page knows, in one place: who one is, what is to be seen, what was sent, how the link and the picture fare.
 *
 * Pages look at it through `Watch`. Nothing here draws.
 */
import { Clock } from "./clock";
import { Datagrams, transport } from "./datagrams";
import type { Door } from "./doors";
import { Gate, order, type Sight } from "./gate";
import { draw, drawer, memory, type Session } from "./identity";
import { Link, type LinkState } from "./link";
import { Numbers } from "./numbers";
import { Outbox, type Value } from "./outbox";
import type { Picture } from "./picture";
import type { Publisher } from "./publish/publisher";
import type { Act, DeskMsg, DownMsg, MyStage, No, Oops, PrivateMsg, SceneMsg, Welcome } from "./wire";
import { micros, world } from "./world";

export interface Wants {
  /** Whether to send the stored name again without asking. */
  remember: boolean;
  /** Whether scenes wait for this page's picture. */
  gated: boolean;
}

export class Store extends EventTarget {
  welcome: Welcome | undefined;
  scene: SceneMsg | undefined;
  /** The newest scene that came; it may be shown later. */
  coming: SceneMsg | undefined;
  private: PrivateMsg | undefined;
  desk: DeskMsg | undefined;
  name = "";
  /** Why the name was not taken. */
  nameless = "";
  joining = false;
  people = 0;
  linkState: LinkState = "connecting";
  /** What ended it, or the last thing that went wrong. */
  oops: Oops | undefined;
  /** The last action that was refused and has no control of its own. */
  lost: { why: string; n: number } | undefined;
  picture: Picture | undefined;
  /** One's own way to the stage, as it is now: it does not wait for the picture. */
  stage: MyStage | undefined;
  /** What sends one's own camera and microphone. */
  publisher: Publisher | undefined;
  /** The delay (µs) that all pictures of the show are to have; 0: none agreed yet. */
  target = 0;
  readonly outbox = new Outbox();
  readonly clock = new Clock(micros);
  readonly datagrams: Datagrams;
  #link: Link | undefined;
  #joins = new Set<number>();
  #asked = false;
  #scenes: Gate<SceneMsg>;
  #privates: Gate<PrivateMsg>;

  constructor(
    readonly session: Session,
    readonly wants: Wants,
  ) {
    super();
    const door = "WebTransport" in globalThis ? session.clock : null;
    this.datagrams = new Datagrams(door, this.clock, { later: world.later, channel: transport });
    const sight: Sight = {
      position: () => (wants.gated ? this.position : 0),
      now: () => performance.now(),
      later: world.later,
    };
    this.#scenes = new Gate(sight, (scene) => this.#show(scene));
    this.#privates = new Gate(sight, (mine) => {
      this.private = mine;
      this.outbox.seen(mine.seq);
      this.#changed();
    });
  }

  /** Connects, and stays connected. */
  async start(): Promise<void> {
    const { show, viewer, link, token } = this.session;
    const numbers = new Numbers(sessionStorage, await drawer(show.id, viewer), draw);
    this.#link = new Link(
      { url: link, token },
      numbers,
      this.clock,
      {
        heard: (message) => this.#hear(message),
        changed: (state) => {
          this.linkState = state;
          this.#changed();
        },
        recorded: (acts, seq) => {
          this.outbox.recorded(acts, seq);
          this.#changed();
        },
        refused: (act, no) => this.#refused(act, no),
        report: () => ({
          delay: this.delay,
          door: this.door,
          frames: this.picture?.frames ?? 0,
          error: this.clock.error,
          need: Math.round((this.picture?.playout.need ?? 0) * 1000),
        }),
      },
      world,
    );
    this.#link.start();
    this.datagrams.start();
  }

  stop(): void {
    this.#link?.stop();
    this.datagrams.stop();
    this.picture?.close();
  }

  /** The page or the network is back. */
  nudge(): void {
    this.#link?.nudge();
    this.picture?.resume();
  }

  /** Show time of what is on this screen (µs). Without a picture it is where the others' pictures are, so that all are in step; 0: unknown. */
  get position(): number {
    const own = this.picture?.position() ?? 0;
    if (own || !this.wants.gated || !this.target) return own;
    const now = this.clock.now();
    return now && now - this.target;
  }

  /** Show time now minus position (µs); 0: no picture. */
  get delay(): number {
    const position = this.position;
    return position ? Math.max(0, this.clock.now() - position) : 0;
  }

  /** The show time that this screen is at: of its picture, or now. Countdowns run on it. */
  get time(): number {
    return (this.wants.gated && this.position) || this.clock.now();
  }

  /** By which way the picture comes, and scenes unless that is `whep`; `none` while scenes come by the link alone. */
  get door(): Door | "none" {
    const { picture } = this;
    const plays = picture?.up || (picture?.door === "whep" && picture.state === "playing");
    return picture && plays ? picture.door : "none";
  }

  /** A scene or the state of the picture came by the relay. */
  relayed(scene?: SceneMsg): void {
    if (scene) this.#put(scene);
    this.#changed();
  }

  /** A frame is on the screen: what was to come with it comes now, before the browser draws. */
  painted(): void {
    this.#scenes.pass();
    this.#privates.pass();
  }

  /** The door of the picture has changed: the server must know at once, so that scenes come by the other way. */
  turned(): void {
    this.#link?.report();
    this.#scenes.pass();
    this.#privates.pass();
    this.#changed();
  }

  act(seg: string, action: Record<string, unknown>): number {
    return this.#link?.act(seg, action, this.position) ?? 0;
  }

  /** A control's action: shown in the control until the show says otherwise. */
  choose(key: string, seg: string, action: Record<string, unknown>, value: Value): void {
    this.outbox.put(key, this.act(seg, action), value);
    this.#changed();
  }

  /** Takes part under this name. */
  join(name: string): void {
    this.joining = true;
    this.nameless = "";
    memory.set("name", name);
    memory.set(`name.${this.session.show.code}`, name);
    this.#joins.add(this.act("", { type: this.name ? "rename" : "join", name }));
    this.#changed();
  }

  #hear(message: DownMsg): void {
    switch (message.op) {
      case "welcome":
        this.#enter(message);
        break;
      case "scene":
        this.#put(message);
        break;
      case "private":
        this.stage = message.stage ?? undefined;
        this.#privates.put(message);
        break;
      case "desk":
        this.#sit(message);
        break;
      case "named":
        this.name = message.name;
        this.joining = false;
        this.nameless = "";
        break;
      case "error":
        this.oops = message;
        break;
    }
    this.#changed();
  }

  #enter(welcome: Welcome): void {
    this.welcome = welcome;
    this.oops = undefined;
    this.name = welcome.name ?? "";
    this.stage = welcome.private?.stage ?? undefined;
    if (welcome.desk) this.#sit(welcome.desk);
    for (const scene of welcome.scenes ?? []) this.#put(scene);
    if (welcome.private) this.#privates.put(welcome.private);
    if (this.name) this.joining = false;
    const kept = memory.get(`name.${this.session.show.code}`);
    if (!this.name && !this.joining && kept && this.wants.remember && !this.#asked) {
      this.#asked = true;
      this.join(kept);
    }
  }

  /** Staff find their own way to the stage on the desk. */
  #sit(desk: DeskMsg): void {
    this.desk = desk;
    if (!desk.stage) return;
    const me = desk.stage.guests?.find((guest) => guest.viewer === this.session.viewer);
    this.stage = me && { ...this.stage, ...me };
  }

  #put(scene: SceneMsg): void {
    this.target = scene.target ?? 0;
    if (!this.coming || order(scene, this.coming) >= 0) this.coming = scene;
    this.#scenes.put(scene);
  }

  #show(scene: SceneMsg): void {
    this.scene = scene;
    this.people = scene.people ?? 0;
    this.#changed();
  }

  #refused(act: Act | undefined, no: No): void {
    if (this.#joins.delete(no.n)) {
      this.joining = false;
      this.nameless = no.why;
    } else if (no.code === "show/not-joined") {
      this.name = "";
    } else if (!this.outbox.refused(no.n, no.why)) {
      this.lost = { why: no.why, n: act?.n ?? no.n };
    }
    this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}
