/**
 * One's own way to the stage in this tab: devices are open and sent while it says so, and let go when it does not.
 *
 * One object for each store. It follows `store.stage`; elements call it for what people press.
 */

import { playable } from "../picture";
import type { Input } from "../publish/devices";
import type { OpenDoor } from "../publish/door";
import type { Publisher } from "../publish/publisher";
import type { Store } from "../store";
import type { MyStage } from "../wire";

/** Where one may publish. */
export const PUBLISHING = ["check", "green", "live"] as const;
const ON = ["green", "live"];
/** How long another tab of the same person has, to say that it is on stage already (ms). */
const ELSEWHERE = 400;

const known = new WeakMap<Store, Backstage>();

/** The one of this store. */
export function backstage(store: Store): Backstage {
  const one = known.get(store) ?? new Backstage(store);
  known.set(store, one);
  return one;
}

export class Backstage extends EventTarget {
  /** Another tab of this person is on stage. */
  elsewhere = false;
  /** A part of the page could not be loaded: it is another version by now, or the network was away. */
  broken = false;
  /** Whether the camera is wanted when devices are opened. */
  camera = true;
  /** When this state was first heard of (the page's time, ms). */
  since = performance.now();
  #state = "";
  #turn: "" | "waiting" | "mine" = "";
  #yield: () => void = () => {};
  #claims = 0;
  #connection: unknown;
  #listening = new Map<string, () => void>();
  #wake: WakeLockSentinel | undefined;

  constructor(readonly store: Store) {
    super();
    store.addEventListener("change", () => this.#look());
    document.addEventListener("visibilitychange", () => this.#stayAwake());
    addEventListener("beforeunload", (event) => {
      if (this.#state === "live" && this.publisher) event.preventDefault();
    });
    this.#look();
  }

  get mine(): MyStage {
    return this.store.stage ?? {};
  }

  get state(): string {
    return this.mine.state ?? "";
  }

  get publisher(): Publisher | undefined {
    return this.store.publisher;
  }

  /** Whether picture and sound would not get through now. */
  get away(): boolean {
    return this.store.linkState !== "live" || this.publisher?.uplink().connected === false;
  }

  /** Does something of the show itself. Its number. */
  act(type: string, fields: Record<string, unknown> = {}): number {
    return this.store.act("", { type, ...fields });
  }

  /** Comes on stage, with sound alone where the camera is not wanted. */
  accept(camera: boolean): number {
    this.camera = camera;
    return this.act("accept-stage");
  }

  /** Tries once more to open what is wanted. */
  async again(): Promise<void> {
    await this.publisher?.open({ camera: this.camera, microphone: true });
  }

  async turn(input: Input, on: boolean): Promise<void> {
    if (input === "camera") this.camera = on;
    await this.publisher?.turn(input, on);
    this.#say();
  }

  async share(on: boolean): Promise<void> {
    await this.publisher?.share(on);
    this.#say();
  }

  /** Goes on in this tab; the other one stops. */
  here(): void {
    this.#yield();
    this.#stop();
    this.#claim(true);
  }

  /** Tells the show what is on, once it wants to know. */
  #say(): void {
    const { publisher } = this;
    if (!publisher || (this.state !== "green" && this.state !== "live")) return;
    const { camera, screen, microphone } = publisher;
    this.act("devices", { camera: camera || screen, microphone });
  }

  #look(): void {
    const { state } = this;
    const was = this.#state;
    if (state !== was) {
      this.#state = state;
      this.since = performance.now();
      this.#moved(was);
    }
    if (this.#publishes) this.#claim(false);
    else this.#end();
    this.#follow().catch(() => this.#break());
    this.#listen();
  }

  get #publishes(): boolean {
    return (PUBLISHING as readonly string[]).includes(this.state);
  }

  #moved(was: string): void {
    if (this.state === "invited") navigator.vibrate?.([80, 60, 80]);
    // Whoever looks from now on needs a picture that needs no other.
    if (this.state === "live") this.publisher?.keyframe();
    // After a reload what was turned off stays off.
    if (was === "" && this.state !== "check") this.camera = this.mine.camera ?? true;
    // Who is about to speak must hear the others; they can still turn the sound off.
    const { picture } = this.store;
    if (ON.includes(this.state) && !ON.includes(was) && picture) picture.muted = false;
    this.#stayAwake();
  }

  /** Only one tab of a person is on stage: that which holds the lock. */
  #claim(steal: boolean): void {
    if (this.#turn) return;
    this.#turn = "waiting";
    if (navigator.locks) this.#lock(steal);
    else this.#begin();
  }

  #lock(steal: boolean): void {
    const claim = ++this.#claims;
    const { show, viewer } = this.store.session;
    const late = setTimeout(() => this.#told(true), ELSEWHERE);
    const stopped = new AbortController();
    this.#yield = () => stopped.abort();
    const held = (): Promise<void> => {
      clearTimeout(late);
      this.#told(false);
      this.#begin();
      return new Promise((resolve) => {
        this.#yield = resolve;
      });
    };
    // Refused only when it was taken away, or given up before it was had.
    const lost = (): void => {
      clearTimeout(late);
      if (claim !== this.#claims) return;
      this.#told(this.#turn === "mine");
      this.#stop();
    };
    navigator.locks
      .request(`oncue.stage.${show.id}.${viewer}`, steal ? { steal } : { signal: stopped.signal }, held)
      .catch(lost);
  }

  #told(elsewhere: boolean): void {
    if (elsewhere === this.elsewhere) return;
    this.elsewhere = elsewhere;
    this.#changed();
  }

  #begin(): void {
    this.#turn = "mine";
    this.#open().catch(() => this.#break());
  }

  /** Once: what tells of it makes this look again. */
  #break(): void {
    if (this.broken) return;
    this.broken = true;
    this.#changed();
  }

  async #open(): Promise<void> {
    const { Publisher } = await import("../publish/publisher");
    if (this.#turn !== "mine" || this.publisher) return;
    const publisher = new Publisher();
    this.store.publisher = publisher;
    publisher.addEventListener("change", () => this.#changed());
    this.#changed();
    await publisher.open({ camera: this.camera, microphone: true });
    if (this.mine.microphone === false) await publisher.turn("microphone", false);
    await this.#follow();
  }

  /** Sends as soon as devices are open and there is a way out; after that, on whatever connection there is. */
  async #follow(): Promise<void> {
    const { publisher } = this;
    if (!publisher?.opened || !this.#ready || this.broken) return;
    const connection = this.store.picture?.connection;
    if (publisher.started && connection === this.#connection) return;
    const enter = await way(this.store);
    if (this.publisher !== publisher || (publisher.started && connection === this.#connection)) return;
    this.#connection = connection;
    publisher.stop();
    publisher.start(enter);
  }

  /** Whether it is known how the picture comes, and so how one's own can go. */
  get #ready(): boolean {
    return this.store.picture !== undefined || !playable() || !this.store.session.relay;
  }

  #listen(): void {
    const { mine, store } = this;
    const room = this.#turn === "mine" && this.#publishes ? mine.room : "";
    const wanted = new Set(
      room
        ? (mine.talkers ?? [])
            .filter((one) => one !== store.session.viewer)
            .map((one) => `${room}/desk/${one}`)
        : [],
    );
    for (const [path, stop] of this.#listening) {
      if (wanted.has(path)) continue;
      stop();
      this.#listening.delete(path);
    }
    for (const path of wanted) {
      const stop = this.#listening.has(path) ? undefined : store.picture?.listen(path);
      if (stop) this.#listening.set(path, stop);
    }
  }

  #end(): void {
    const give = this.#yield;
    this.#yield = () => {};
    give();
    this.#stop();
    this.elsewhere = false;
  }

  #stop(): void {
    const { publisher } = this;
    this.#turn = "";
    this.#connection = undefined;
    // First it is forgotten: its end is a change, too.
    this.store.publisher = undefined;
    publisher?.close();
  }

  /** The screen does not go dark while one is on stage. Browsers give the lock back when the page is hidden. */
  #stayAwake(): void {
    const wanted = this.state === "live" || this.state === "green";
    if (!wanted || document.hidden) {
      this.#wake?.release().catch(() => {});
      this.#wake = undefined;
    } else if (!this.#wake) {
      navigator.wakeLock?.request("screen").then(
        (lock) => {
          this.#wake = lock;
        },
        () => {},
      );
    }
  }

  #changed(): void {
    this.store.relayed();
    this.dispatchEvent(new Event("change"));
  }
}

/** By the page's own session, on which it watches; by WHIP where there is none, or nothing to encode with. */
async function way(store: Store): Promise<OpenDoor> {
  const { show, viewer, token } = store.session;
  const connection = store.picture?.connection;
  if (connection && "VideoEncoder" in globalThis && "AudioEncoder" in globalThis) {
    const { byMoq } = await import("../publish/moq");
    return byMoq({
      connection,
      path: `show/${show.id}/own/${viewer}`,
      show: (local) => {
        const now = store.clock.now();
        return now && now / 1000 + local - performance.now();
      },
      back: () => (store.stage?.room ? `${store.stage.room}/guest` : ""),
    });
  }
  const { byWhip } = await import("../publish/whip");
  return byWhip(`/whip/${show.id}`, token);
}
