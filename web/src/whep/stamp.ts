/** RTP timestamps of the server as show time. */

const TICKS = 90;
const WRAP = 2 ** 32;

/** The show time (ms) of an RTP timestamp, which says it modulo 13 hours: the one nearest to `near` (ms). */
export function stampOf(timestamp: number, near: number): number {
  const ticks = near * TICKS;
  const ahead = (((timestamp - ticks) % WRAP) + WRAP) % WRAP;
  return (ticks + (ahead >= WRAP / 2 ? ahead - WRAP : ahead)) / TICKS;
}
