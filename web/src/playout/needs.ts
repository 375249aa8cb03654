/** What the seats together need: the delay at which nearly every frame of each is there in time. All in ms. */

/** A seat that has not been heard of for this long does not count. */
const GONE = 3_000;
/** A guest's own slow uplink makes the others wait for no more than this beyond the quickest seat. */
const MOST = 600;

export interface Needy {
  /** Local time at which its last frame came. */
  came: number;
  need: { value(now: number): number; settled(now: number): boolean };
}

/**
 * The largest need of those that flow. A newcomer's first frames, which come in one go, raise nobody's delay: it counts once it has
 * settled, unless nobody else has. `now` is the local time, `show` that of the show. 0: not known.
 */
export function together(seats: readonly Needy[], now: number, show: number): number {
  const flowing = seats.filter((seat) => now - seat.came < GONE);
  const settled = flowing.filter((seat) => seat.need.settled(show));
  const values = (settled.length > 0 ? settled : flowing)
    .map((seat) => seat.need.value(show))
    .filter((value) => value > 0);
  return values.length > 0 ? Math.min(Math.max(...values), Math.min(...values) + MOST) : 0;
}
