/**
 * One person's camera, microphone and screen: opened, shown to themselves, and sent through a door once that is wanted.
 *
 * `change` is dispatched when anything but `level` has.
 */
import { type Devices, devices, type Input, idOf, inputOf, open, openScreen, remember } from "./devices";
import type { Door, OpenDoor, Uplink } from "./door";
import { type Block, samples } from "./samples";
import { type Cause, type Kind, type Trouble, trouble, troubleOf } from "./trouble";

const SHUT: Uplink = { connected: false, rate: 0, backlog: 0, reduced: false };
/** The person has answered, or cannot be asked: to ask once more at once is of no use. */
const ASKED: readonly Cause[] = ["denied", "dismissed", "system", "insecure"];
/** A device that is busy is tried again after so long (ms). */
const AGAIN = 3_000;
/** How fast the level falls, of each 20 ms. */
const FALL = 0.9;

export class Publisher extends EventTarget {
  devices: Devices = { camera: [], microphone: [] };
  /** What the person sees of themselves. */
  readonly preview = new MediaStream();
  /** How loud it is: 0 to 1, falling slowly. */
  level = 0;
  /** The loudest so far. */
  loudest = 0;
  #tracks: Partial<Record<Kind, MediaStreamTrack>> = {};
  #troubles: Partial<Record<Kind, Trouble>> = {};
  #opening = new Set<Kind>();
  #wanted = { camera: true, microphone: true };
  #door: Door | undefined;
  #deaf: () => void = () => {};
  #closed = false;

  /** Whether devices were opened, or could not be. */
  opened = false;

  constructor() {
    super();
    navigator.mediaDevices?.addEventListener?.("devicechange", this.#plugged);
  }

  get camera(): boolean {
    return this.#tracks.camera !== undefined;
  }

  get microphone(): boolean {
    return this.#wanted.microphone && this.#tracks.microphone !== undefined;
  }

  get screen(): boolean {
    return this.#tracks.screen !== undefined;
  }

  /** Whether a device is being opened: the browser may be asking. */
  get opening(): boolean {
    return this.#opening.size > 0;
  }

  /** Whether picture and sound are sent, as far as the door is open. */
  get started(): boolean {
    return this.#door !== undefined;
  }

  get troubles(): Trouble[] {
    return Object.values(this.#troubles);
  }

  /** The device in use. */
  chosen(input: Input): string {
    return idOf(this.#tracks[input]);
  }

  uplink(): Uplink {
    return this.#door?.uplink() ?? SHUT;
  }

  /** Opens devices, as far as they are wanted and not open. What fails is in `troubles`. */
  async open(wanted: { camera: boolean; microphone: boolean }): Promise<void> {
    this.#wanted = { ...wanted };
    await this.#open(...(["microphone", "camera"] as const).filter((input) => wanted[input]));
    this.opened = true;
    await this.#list();
  }

  /** Sends from now on, through this door. */
  start(enter: OpenDoor): void {
    if (this.#door || this.#closed) return;
    this.#door = enter({
      changed: () => this.#changed(),
      failed: (kind, error) => this.#trouble(kind, troubleOf(kind, error).cause),
    });
    this.#lead();
    this.#changed();
  }

  /** Sends nothing any more. Devices stay open. */
  stop(): void {
    this.#door?.close();
    this.#door = undefined;
    this.#changed();
  }

  /** The camera on or off; off, it is let go, and its light goes out. */
  async turn(input: Input, on: boolean): Promise<void> {
    this.#wanted[input] = on;
    if (on) await this.#open(input);
    else if (input === "camera") this.#release("camera");
    this.#lead();
    this.#changed();
  }

  /** Shows a screen in the camera's place, or the camera again. */
  async share(on: boolean): Promise<void> {
    if (!on) this.#release("screen");
    else await this.#try(["screen"], async () => this.#take("screen", await openScreen()));
    this.#lead();
    this.#changed();
  }

  /** Another device, which is used on this machine from now on. */
  async choose(input: Input, id: string): Promise<void> {
    remember(input, id);
    if (!this.#wanted[input]) return;
    this.#release(input);
    await this.#open(input);
  }

  keyframe(): void {
    this.#door?.keyframe();
  }

  /** Sends nothing any more and lets go of all devices. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.#plugged);
    this.stop();
    for (const kind of ["camera", "microphone", "screen"] as const) this.#release(kind);
  }

  /** Opens what is not open yet, in one question; where one of several is missing, each by itself. */
  async #open(...inputs: Input[]): Promise<void> {
    const missing = inputs.filter((input) => !this.#tracks[input] && !this.#opening.has(input));
    if (missing.length === 0) return;
    const refused = await this.#try(missing, async () => {
      for (const track of await open(missing)) this.#take(inputOf(track), track);
    });
    if (!refused || ASKED.includes(refused)) return;
    if (missing.length > 1) for (const input of missing) await this.#open(input);
    else if (refused === "busy") this.#later(missing);
  }

  /** What uses it may let go of it, and a slow machine starts it the next time. */
  #later(inputs: Input[]): void {
    setTimeout(() => {
      if (!this.#closed) void this.#open(...inputs.filter((input) => this.#wanted[input]));
    }, AGAIN);
  }

  /** Why it failed, which is then in `troubles`. */
  async #try(kinds: Kind[], work: () => Promise<void>): Promise<Cause | undefined> {
    for (const kind of kinds) this.#opening.add(kind);
    this.#changed();
    try {
      await work();
      for (const kind of kinds) delete this.#troubles[kind];
      return undefined;
    } catch (error) {
      for (const kind of kinds) this.#trouble(kind, troubleOf(kind, error).cause);
      return troubleOf(kinds[0] ?? "camera", error).cause;
    } finally {
      for (const kind of kinds) this.#opening.delete(kind);
      this.#changed();
    }
  }

  /** It may have been turned off, or all be over, while the browser asked. */
  #take(kind: Kind, track: MediaStreamTrack): void {
    if (this.#closed || (kind === "camera" && !this.#wanted.camera)) track.stop();
    else this.#use(kind, track);
  }

  #use(kind: Kind, track: MediaStreamTrack): void {
    this.#tracks[kind] = track;
    track.addEventListener("ended", () => void this.#ended(kind, track));
    if (kind === "microphone") this.#deaf = samples(track, (block) => this.#hear(block));
    this.#lead();
  }

  #release(kind: Kind): void {
    const track = this.#tracks[kind];
    delete this.#tracks[kind];
    if (kind === "microphone") this.#deaf();
    if (kind === "microphone") this.level = 0;
    track?.stop();
    this.#lead();
  }

  /** It was pulled out, or the browser took it away: on with another, if there is one. */
  async #ended(kind: Kind, track: MediaStreamTrack): Promise<void> {
    if (this.#tracks[kind] !== track) return;
    this.#release(kind);
    if (kind !== "screen") {
      await this.#open(kind);
      if (!this.#tracks[kind]) this.#trouble(kind, "unplugged");
    }
    await this.#list();
  }

  /** The door gets what is to be sent, the preview what is to be seen. */
  #lead(): void {
    const picture = this.#tracks.screen ?? this.#tracks.camera;
    for (const old of this.preview.getTracks()) if (old !== picture) this.preview.removeTrack(old);
    if (picture && !this.preview.getTracks().includes(picture)) this.preview.addTrack(picture);
    if (this.#filmed !== picture || this.#filming !== this.#door) this.#door?.film(picture);
    this.#filmed = picture;
    this.#filming = this.#door;
    this.#door?.speak(this.microphone ? this.#tracks.microphone : undefined);
  }

  #filmed: MediaStreamTrack | undefined;
  #filming: Door | undefined;

  #hear(block: Block): void {
    const loud = loudness(block.channels[0] ?? new Float32Array(0));
    this.level = Math.max(loud, this.level * FALL);
    this.loudest = Math.max(this.loudest, this.level);
    this.#door?.say(block);
  }

  #trouble(kind: Kind, cause: Cause): void {
    // Nobody needs to be told that they have closed the window in which a screen is chosen.
    if (kind === "screen" && (cause === "denied" || cause === "dismissed")) return;
    this.#troubles[kind] = trouble(kind, cause);
    this.#changed();
  }

  #plugged = (): void => {
    void this.#list();
    for (const input of ["camera", "microphone"] as const)
      if (this.#troubles[input] && this.#wanted[input]) void this.#open(input);
  };

  async #list(): Promise<void> {
    this.devices = await devices();
    this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}

/** From silence (-60 dB of full scale and less) to as loud as can be: 0 to 1. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const one of samples) sum += one * one;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  return Math.min(1, Math.max(0, 1 + Math.log10(rms + 1e-9) / 3));
}
