/** One green room, seen and heard at this console over the connection that is there already. */
import type { Picture } from "../picture";

/** What plays it: its picture goes to the canvas, its sound to the loudspeaker unless `muted`. */
export interface Listening {
  /** How loud it is just now: 0 to 1. */
  level(): number;
  muted: boolean;
  stop(): void;
}

type Stop = (() => void) & { level?(): number; muted?: boolean };

export const listens = (picture: Picture | undefined): boolean => picture?.connection !== undefined;

/** Undefined where nothing can be played. */
export function listen(
  picture: Picture | undefined,
  path: string,
  canvas: HTMLCanvasElement,
): Listening | undefined {
  const stop: Stop | undefined = picture?.listen(path, canvas);
  if (!stop) return undefined;
  return {
    level: () => stop.level?.() ?? 0,
    get muted() {
      return stop.muted ?? false;
    },
    set muted(muted: boolean) {
      stop.muted = muted;
    },
    stop,
  };
}
