/** The outside of the link, the clock and the gate in a browser. */
import type { Socket, World } from "./link";

export const world: World = {
  open: (url) => new WebSocket(url) as Socket,
  later: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  wall: () => Date.now(),
};

/** A local clock in µs that never goes back and goes on while the device sleeps, as far as the browser lets it. */
export const micros = (): number => performance.now() * 1000;
