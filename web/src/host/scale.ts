/**
 * The dial's scale, without a DOM. The delay that it takes to have one more viewer in step grows with how many are, so the stops lie
 * closer towards `together`: the middle is 95 of 100.
 */

/** What the host has set: `share` of the audience to be in step (0.5..1), or a delay in µs (0: by the share). */
export interface Dial {
  share: number;
  fixed: number;
}

export const STOPS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.96, 0.97, 0.98, 0.99, 1] as const;

/** The stops that have names, as places in `STOPS`. */
export const NAMED = { fast: 0, most: 5, together: STOPS.length - 1 } as const;

/** What may be fixed, in ms; and how much one press is. */
export const FIXED = { least: 100, most: 5_000, step: 100 } as const;

export const shareAt = (place: number): number =>
  STOPS[Math.min(STOPS.length - 1, Math.max(0, place))] ?? 0.95;

/** The stop that is nearest to a share. */
export function placeOf(share: number): number {
  let best = 0;
  for (const [place, stop] of STOPS.entries())
    if (Math.abs(stop - share) < Math.abs(shareAt(best) - share)) best = place;
  return best;
}

/** A typed delay in ms as µs; undefined when it is no number within bounds. */
export function readFixed(typed: string): number | undefined {
  const ms = typed.trim() === "" ? Number.NaN : Number(typed);
  return ms >= FIXED.least && ms <= FIXED.most ? Math.round(ms) * 1000 : undefined;
}

/** The delay to begin with when it is to be fixed: what it is now, in whole 10 ms, within bounds. */
export const firstFixed = (target: number): number => bounded(Math.round((target || 1e6) / 1e4) * 10) * 1000;

/** One press more (1) or less (-1), to whole steps. */
export function stepped(fixed: number, way: 1 | -1): number {
  const ms = fixed / 1000;
  const steps = way > 0 ? Math.floor(ms / FIXED.step) + 1 : Math.ceil(ms / FIXED.step) - 1;
  return bounded(steps * FIXED.step) * 1000;
}

const bounded = (ms: number): number => Math.min(FIXED.most, Math.max(FIXED.least, ms));

export const sameDial = (a: Dial, b: Dial): boolean => a.share === b.share && a.fixed === b.fixed;
