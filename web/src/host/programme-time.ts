/** Where the show's own source is, on show time. Pure; times in µs. */
import type { ProgrammeInfo } from "../wire";
import type { StageAction } from "./stage-press";

export const RATES = [0.5, 1, 1.25, 1.5, 2] as const;
/** How far a press goes. */
export const SKIP = 10e6;

/** Whether it only plays, as it comes: so are all of which it is not said otherwise. */
export const streams = (info: ProgrammeInfo): boolean => info.live !== false;

/** Where it is at show time `now`, within its length where that is known. */
export function placeOf(info: ProgrammeInfo, now: number): number {
  const { at = 0, media = 0, rate = 1, playing = true } = info;
  const gone = playing && now && at ? Math.max(0, now - at) * rate : 0;
  return bounded(info, media + gone);
}

/** Some way on or back from where it is. */
export const skipped = (info: ProgrammeInfo, now: number, by: number): number =>
  bounded(info, placeOf(info, now) + by);

const bounded = ({ length = 0 }: ProgrammeInfo, media: number): number =>
  Math.round(Math.max(0, length ? Math.min(length, media) : media));

/** Whether it has come to its end. */
export const over = (info: ProgrammeInfo, now: number): boolean =>
  Boolean(info.length) && placeOf(info, now) >= (info.length ?? 0);

/** The name that people know a source by: a file's, without its folder; an address without its scheme. */
export function sourceName(source: string): string {
  if (/^[a-z]+:\/\//.test(source)) return source.replace(/^[a-z]+:\/\/(?:[^@/]*@)?/, "");
  return source.split("/").pop() || source;
}

/** What the programme is once it has done what was just pressed. */
export function foreseen(
  info: ProgrammeInfo | undefined,
  doing: StageAction | undefined,
  now: number,
): ProgrammeInfo | undefined {
  if (!info || doing?.type !== "transport") return info;
  const {
    playing = info.playing ?? true,
    media = placeOf(info, now),
    rate = info.rate ?? 1,
  } = doing as Partial<ProgrammeInfo>;
  return { ...info, playing, media, rate, at: now };
}
