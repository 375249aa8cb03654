/**
 * The link: one WebSocket to the show, kept up. No DOM here; the outside comes in as `World`.
 *
 * After `welcome` all actions without a receipt are sent again, in order, with the numbers that they had.
 */
import type { Clock } from "./clock";
import type { Numbers } from "./numbers";
import type { Act, DownMsg, No, Oops, Report, UpMsg } from "./wire";
import { VERSION } from "./wire";

/** `waiting`: the connection was lost and comes back by itself. `closed`: the server wants us no more. */
export type LinkState = "connecting" | "live" | "waiting" | "closed";

export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: never) => void) | null;
}

export interface World {
  open(url: string): Socket;
  /** Calls `work` after `ms`; what it gives takes that back. */
  later(ms: number, work: () => void): () => void;
  random(): number;
  /** The device's wall clock (ms). Only its distance to the local clock matters: it changes when the device slept or was set. */
  wall(): number;
}

export interface Hooks {
  /** Every message but receipts and pongs, which are handled here. */
  heard(message: DownMsg): void;
  changed(state: LinkState): void;
  /** These actions are recorded, at most at `seq`. */
  recorded(acts: Act[], seq: number): void;
  refused(act: Act | undefined, no: No): void;
  /** Asked for every five seconds. */
  report(): Omit<Report, "op">;
}

const FIRST_MS = 250;
/** Less than double: a node that starts anew is back within seconds. */
const GROWTH = 1.6;
const MOST_MS = 8_000;
const PATIENCE_MS = 8_000;
const REPORT_MS = 5_000;
/** Not more than this without receipts: the server takes 64. */
const WINDOW = 48;
/** How often it is looked whether the device slept, and by how much (ms) the clocks or a timer must be off to think so. */
const PULSE_MS = 1_000;
const SLEPT_MS = 250;
const LATE_MS = 2_500;

export class Link {
  state: LinkState = "connecting";
  #socket: Socket | undefined;
  #tries = 0;
  #inFlight = 0;
  #heard = 0;
  #told = new Set<number>();
  #pulsed: { local: number; wall: number } | undefined;
  #timers = new Map<string, () => void>();

  constructor(
    readonly to: { url: string; token: string },
    readonly numbers: Numbers,
    readonly clock: Clock,
    readonly hooks: Hooks,
    readonly world: World,
  ) {}

  start(): void {
    this.#open();
  }

  /** Leaves for good. */
  stop(): void {
    this.#turn("closed");
    this.#drop();
  }

  /** The network or the page is back: try at once, or see whether the connection still lives. */
  nudge(): void {
    if (this.state === "waiting") this.#open();
    else if (this.state === "live") this.#again(3_000);
  }

  /** Does something; gives its number. It is sent now, or as soon as the link is up again. */
  act(seg: string, action: unknown, pos: number): number {
    const act = this.numbers.add(seg, action, pos);
    if (this.state === "live") this.#flush();
    return act.n;
  }

  /** Says at once how the client fares, when something changed that the server must know. */
  report(): void {
    if (this.state !== "live") return;
    this.#say({ op: "report", ...this.hooks.report() });
    this.#later("report", REPORT_MS, () => this.report());
  }

  #open(): void {
    this.#drop();
    if (this.state !== "connecting") this.#turn("connecting");
    const socket = this.world.open(this.to.url);
    this.#socket = socket;
    this.#later("patience", PATIENCE_MS, () => this.#lost());
    socket.onopen = () => this.#say({ op: "hello", token: this.to.token, v: VERSION });
    socket.onmessage = (event) => this.#hear(JSON.parse(String(event.data)) as DownMsg);
    socket.onclose = () => this.#lost();
  }

  #hear(message: DownMsg): void {
    this.#heard += 1;
    switch (message.op) {
      case "got":
        this.#settle(this.numbers.got(message.n), message.seq);
        return;
      case "no":
        // Of the last minute all is told again after the welcome.
        if (this.#told.has(message.n)) return;
        this.#told.add(message.n);
        this.hooks.refused(this.#settle(this.numbers.no(message.n))[0], message);
        return;
      case "pong":
        this.clock.add(message.t0, message.t1, message.t2, this.clock.local());
        return;
      case "error":
        this.#wrong(message);
        return;
      case "welcome":
        this.#welcome(message.now);
        this.hooks.heard(message);
        this.#flush();
        return;
      default:
        this.hooks.heard(message);
    }
  }

  #welcome(now: number): void {
    this.#tries = this.#inFlight = 0;
    this.#cancel("patience");
    this.clock.seed(now);
    this.#turn("live");
    this.#again(PATIENCE_MS);
    this.#pulse();
    this.report();
  }

  #wrong(error: Oops): void {
    if (error.fatal && !error.retry) {
      this.#turn("closed");
      this.#drop();
    }
    this.hooks.heard(error);
  }

  #settle(acts: Act[], seq?: number): Act[] {
    this.#inFlight = Math.max(0, this.#inFlight - acts.length);
    if (seq !== undefined && acts.length > 0) this.hooks.recorded(acts, seq);
    this.#flush();
    return acts;
  }

  #flush(): void {
    if (this.state !== "live") return;
    for (const act of this.numbers.pending.slice(this.#inFlight, WINDOW)) {
      this.#say(act);
      this.#inFlight += 1;
    }
  }

  /** Pings quickly for a while: the clock may be wrong. */
  #again(patience: number): void {
    this.clock.hurry();
    this.#ping(patience);
  }

  /**
   * Whether the device slept: then the local clock stood still while the wall clock went on, or a timer comes late. A wall clock that
   * was set looks the same and costs some pings; what they say decides.
   */
  #pulse(): void {
    const { local, wall } = { local: this.clock.local() / 1000, wall: this.world.wall() };
    const was = this.#pulsed;
    this.#pulsed = { local, wall };
    const apart = was ? Math.abs(wall - was.wall - (local - was.local)) : 0;
    if (was && (apart > SLEPT_MS || local - was.local > LATE_MS)) this.#again(PATIENCE_MS);
    this.#later("pulse", PULSE_MS, () => this.#pulse());
  }

  #ping(patience: number): void {
    const heard = this.#heard;
    this.#say({ op: "ping", t0: this.clock.local() });
    this.#later("ping", this.clock.pause / 1000, () => this.#ping(PATIENCE_MS));
    if (this.#timers.has("answer") && patience === PATIENCE_MS) return;
    this.#later("answer", patience, () => {
      if (this.#heard === heard) this.#lost();
    });
  }

  #lost(): void {
    this.#drop();
    if (this.state === "closed") return;
    const most = Math.min(MOST_MS, FIRST_MS * GROWTH ** this.#tries);
    this.#tries += 1;
    this.#turn("waiting");
    this.#later("again", most * (0.5 + this.world.random() / 2), () => this.#open());
  }

  #drop(): void {
    this.#pulsed = undefined;
    for (const stop of this.#timers.values()) stop();
    this.#timers.clear();
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #say(message: UpMsg): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #turn(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.hooks.changed(state);
  }

  #later(name: string, ms: number, work: () => void): void {
    this.#cancel(name);
    this.#timers.set(
      name,
      this.world.later(ms, () => {
        this.#timers.delete(name);
        work();
      }),
    );
  }

  #cancel(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }
}
