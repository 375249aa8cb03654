/** Where the sounds of all seats go: one audio context for each sample rate, open while somebody is heard. */
import worklet from "./sound.worklet?worker&url";

/** How the device's time of a context is read: its offset is measured again and again, and smoothed. */
const SHARE = 0.1;
const JUMP = 50;

export class Room {
  readonly context: AudioContext;
  /** The worklet is there. */
  readonly ready: Promise<void>;
  voices = 0;
  #offset: number | undefined;

  constructor(rate: number) {
    this.context = new AudioContext({ latencyHint: "interactive", sampleRate: rate });
    this.ready = this.context.audioWorklet.addModule(worklet);
    this.ready.then(() => this.context.resume()).catch(() => {});
  }

  /** The context's time (s) of what leaves the device at the local time `now` (ms); undefined: it does not run. */
  heard(now: number): number | undefined {
    const { context } = this;
    if (context.state !== "running") return undefined;
    const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
    const known = performanceTime > 0 && contextTime > 0;
    const latency = context.outputLatency || context.baseLatency || 0;
    const offset = known
      ? performanceTime - contextTime * 1000
      : now - (context.currentTime - latency) * 1000;
    const jumped = this.#offset === undefined || Math.abs(offset - this.#offset) > JUMP;
    this.#offset = jumped ? offset : (this.#offset as number) * (1 - SHARE) + offset * SHARE;
    return (now - this.#offset) / 1000;
  }
}

export class Mix {
  #rooms = new Map<number, Room>();

  /** Where sound of this rate (Hz) is heard. Whoever enters leaves again. */
  enter(rate: number): Room {
    const room = this.#rooms.get(rate) ?? new Room(rate);
    this.#rooms.set(rate, room);
    room.voices += 1;
    return room;
  }

  leave(room: Room): void {
    room.voices -= 1;
    if (room.voices > 0) return;
    this.#rooms.delete(room.context.sampleRate);
    room.context.close().catch(() => {});
  }
}
