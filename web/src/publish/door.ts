/** How picture and sound leave the page: by MoQ on the session with which it watches, or by WHIP where that cannot be. */
import type { Block } from "./samples";

export interface Uplink {
  /** Whether the way is open. */
  connected: boolean;
  /** What went out in the last seconds (bit/s). */
  rate: number;
  /** What waits to be sent (ms of it). */
  backlog: number;
  /** Whether less is sent than the camera gives, because more cannot be. */
  reduced: boolean;
}

export interface Door {
  readonly kind: "moq" | "whip";
  /** Sends this picture from now on; none: no picture. */
  film(track: MediaStreamTrack | undefined): void;
  /** Sends this sound from now on; none: no sound. */
  speak(track: MediaStreamTrack | undefined): void;
  /** 20 ms of the sound that is sent. */
  say(block: Block): void;
  /** The next picture needs no other: somebody new looks. */
  keyframe(): void;
  uplink(): Uplink;
  close(): void;
}

/** What a door tells: `changed` when `uplink` has turned, `failed` when no encoder works. */
export interface DoorHooks {
  changed(): void;
  failed(kind: "camera" | "microphone", error: Error): void;
}

export type OpenDoor = (hooks: DoorHooks) => Door;
