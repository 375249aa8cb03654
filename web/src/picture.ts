/** What a page needs of the live picture. The player itself (`player.ts`) is loaded only where a picture can be shown. */
import type { Session } from "./identity";
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
  /** Show time (µs) of the frame on the screen; 0: none, or it stands still. */
  position(): number;
  close(): void;
}

export interface PictureHooks {
  scene(message: SceneMsg): void;
  /** `state` or `muted` has changed. */
  changed(): void;
  /** `up` has changed. */
  turned(): void;
  /** Show time minus local time (ms), for steering to a common delay. */
  offset(): number;
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
