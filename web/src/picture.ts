/** What a page needs of the live picture. The player itself (`player.ts`) is loaded only where a picture can be shown. */
import type { Session } from "./identity";
import type { Lane } from "./playout/playhead";
import type { SceneMsg } from "./wire";

/** `none`: this browser has no WebTransport or no WebCodecs, or the show has no relay. */
export type PictureState = "none" | "connecting" | "playing" | "stalled" | "waiting";

export interface Picture {
  readonly state: PictureState;
  /** Whether scenes come by the relay. */
  readonly up: boolean;
  /** Frames shown so far. */
  readonly frames: number;
  muted: boolean;
  readonly playout: Playout;
  /** Show time (µs) of what is on the screen; 0: nothing, or it stands still. */
  position(): number;
  /** The page was away, or the network is another: in step again at once. */
  resume(): void;
  close(): void;
}

/** How this screen plays (ms): the delay that it has, what its network needs, which lane it is in. */
export interface Playout {
  delay: number;
  need: number;
  lane: Lane;
}

export interface PictureHooks {
  scene(message: SceneMsg): void;
  /** `state` or `muted` has changed. */
  changed(): void;
  /** `up` has changed. */
  turned(): void;
  /** Another frame is on the screen. */
  painted(): void;
  /** Show time (ms) at a local time (ms); 0 while it is not known. */
  show(local: number): number;
  /** The delay (ms) that all screens are to have; 0: none, or this screen does not keep to it. */
  target(): number;
}

export const playable = (): boolean => "WebTransport" in window && "VideoDecoder" in window;

/** Loads the player and starts it in `box`. */
export async function play(
  session: Session,
  box: HTMLElement,
  hooks: PictureHooks,
): Promise<Picture | undefined> {
  if (!session.relay || !playable()) return undefined;
  const { Player } = await import("./player");
  return new Player(session.relay, session.show.id, box, hooks);
}
