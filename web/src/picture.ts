/** What a page needs of the live picture. The player itself (`player.ts`) is loaded only where a picture can be shown. */
import type { Net } from "@moq/watch";
import type { Door } from "./doors";
import type { Session } from "./identity";
import type { Lane } from "./playout/playhead";
import type { MyStage, SceneMsg, StageInfo } from "./wire";

/** `none`: this browser has neither WebCodecs nor WebRTC, or the show has no relay. */
export type PictureState = "none" | "connecting" | "playing" | "stalled" | "waiting";

export interface Picture {
  readonly state: PictureState;
  /** By which way it comes. */
  readonly door: Door;
  /** Whether scenes come by the relay. */
  readonly up: boolean;
  /** Frames shown so far. */
  readonly frames: number;
  muted: boolean;
  readonly playout: Playout;
  /** The connection by which the page can publish, too; undefined where the picture comes by another way. */
  readonly connection: Net.Connection.Reload | undefined;
  /** What each tile shows. */
  seats(): SeatShown[];
  /** Another scene has come or is shown: who is on stage may be others. */
  staged(): void;
  /**
   * Plays a broadcast beside the show at the smallest delay, its sound heard even while the show is muted: `path` need not be announced,
   * nor exist yet. Returns how to stop.
   */
  listen(path: string, canvas?: HTMLCanvasElement): () => void;
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

/** One seat's tile: frames shown so far, and the show time (µs) of the one that is on it; 0: none. */
export interface SeatShown {
  seat: string;
  frames: number;
  stamp: number;
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
  /** The stage of the scene that is shown. */
  stage(): StageInfo | undefined;
  /** The stage of the newest scene that came, which may be shown later. */
  coming(): StageInfo | undefined;
  /** Who looks, and their own way to the stage. */
  me(): { viewer: number; mine: MyStage | undefined };
  /** One's own camera, while this page publishes. */
  preview(): MediaStream | undefined;
}

const decodes = (): boolean => "VideoDecoder" in window;

export const playable = (): boolean => decodes() || "RTCPeerConnection" in window;

/** Loads the player and starts it in `box`. */
export async function play(
  session: Session,
  box: HTMLElement,
  hooks: PictureHooks,
): Promise<Picture | undefined> {
  if (!session.relay || !playable()) return undefined;
  if (!decodes()) {
    const { WhepPlayer } = await import("./whep");
    return new WhepPlayer(session, box, hooks);
  }
  const { Player } = await import("./player");
  return new Player(session.relay, session.show.id, box, hooks);
}
