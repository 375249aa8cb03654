/** One green room, seen and heard at this console over the connection that is there already. */
import type { Picture } from "../picture";

/** What plays it: its picture goes to the canvas, its sound to the loudspeaker unless it is muted. */
export interface Listening {
  /** How loud it is just now, as a meter shows it: 0 to 1. */
  level(): number;
  mute(muted: boolean): void;
  stop(): void;
}

type Stop = (() => void) & { level?(): number; mute?(muted: boolean): void };

/** What is softer than this moves no meter (dB below full scale). */
const SOFTEST = 50;

/** A level (RMS, 1 is full scale) as a meter shows it: 0 to 1. */
export const meter = (level: number): number =>
  Math.min(1, Math.max(0, 1 + (20 * Math.log10(level || 1e-9)) / SOFTEST));

export const listens = (picture: Picture | undefined): boolean => picture?.connection !== undefined;

/** Undefined where nothing can be played. */
export function listen(
  picture: Picture | undefined,
  path: string,
  canvas: HTMLCanvasElement,
): Listening | undefined {
  if (!picture || !listens(picture)) return undefined;
  const stop: Stop = picture.listen(path, canvas);
  return {
    level: () => meter(stop.level?.() ?? 0),
    mute: (muted) => stop.mute?.(muted),
    stop,
  };
}
