/** A world whose time passes only when a test says so, and a server that is the test itself. */
import { Clock } from "../src/clock";
import { type Hooks, Link, type Socket, type World } from "../src/link";
import { type Keep, Numbers } from "../src/numbers";
import type { DownMsg, UpMsg } from "../src/wire";

interface Timer {
  at: number;
  work: () => void;
}

export class Time {
  now = 0;
  /** What the device's wall clock is ahead (ms). */
  set = 0;
  /** How long the device has slept with its local clock standing still (ms). */
  slept = 0;
  #timers = new Set<Timer>();

  later = (ms: number, work: () => void): (() => void) => {
    const timer = { at: this.now + ms, work };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** The local clock goes on, but no timer fires until it is over. */
  sleep(ms: number): void {
    this.now += ms;
    this.pass(0);
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = [...this.#timers].filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.now = Math.max(this.now, next.at);
      next.work();
    }
    this.now = end;
  }
}

/** One connection, as the server sees it. */
export class Wire implements Socket {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  heard: UpMsg[] = [];
  closed = false;

  send(text: string): void {
    this.heard.push(JSON.parse(text) as UpMsg);
  }

  close(): void {
    this.closed = true;
  }

  say(message: DownMsg): void {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
  }

  welcome(): void {
    this.onopen?.(undefined as never);
    this.say({
      op: "welcome",
      viewer: 5,
      role: "audience",
      show: { id: "s", code: "QK7XP2", title: "T" },
      now: 1e15,
    });
  }

  drop(): void {
    this.onclose?.(undefined as never);
  }

  /** The numbers of the actions that came, counted from 1. */
  get numbers(): number[] {
    return this.heard.flatMap((said) => (said.op === "act" ? [said.n % 2 ** 20] : []));
  }
}

export function memory(): Keep {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

export function setting(keep: Keep = memory()) {
  const time = new Time();
  const wires: Wire[] = [];
  const world: World = {
    open: () => {
      const wire = new Wire();
      wires.push(wire);
      return wire;
    },
    later: time.later,
    random: () => 1,
    wall: () => time.now + time.set,
  };
  const seen = {
    heard: [] as DownMsg[],
    states: [] as string[],
    recorded: [] as number[],
    refused: [] as string[],
  };
  const hooks: Hooks = {
    heard: (message) => seen.heard.push(message),
    changed: (state) => seen.states.push(state),
    recorded: (acts) => seen.recorded.push(...acts.map((act) => act.n % 2 ** 20)),
    refused: (_, no) => seen.refused.push(no.code),
    report: () => ({ delay: 150_000, door: "moq", frames: 3, error: 500 }),
  };
  const numbers = new Numbers(keep, "tab", () => 7);
  const link = new Link(
    { url: "ws://x/link", token: "tok" },
    numbers,
    new Clock(() => time.now * 1000),
    hooks,
    world,
  );
  return { link, time, wires, seen, numbers, last: () => wires[wires.length - 1] as Wire };
}
