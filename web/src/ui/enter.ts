/** Into the show and staying in it: what all pages do first. */
import { Refusal, type Session } from "../identity";
import type { Playout, SeatShown } from "../picture";
import { Store, type Wants } from "../store";

declare global {
  interface Window {
    /** For tests and curious people. */
    oncue?: {
      position(): number;
      frames(): number;
      delay(): number;
      /** Show time minus local time, and how wrong it may be (µs). */
      readonly clock: { offset: number; error: number };
      readonly link: string;
      readonly door: string;
      /** What each tile shows: frames so far, and the show time (µs) of the one that is on it. */
      seats(): SeatShown[];
      /** What this screen does (ms): its delay, what its network needs, its lane, and the delay that all are to have. */
      readonly playout: (Playout & { target: number }) | undefined;
      readonly store: Store;
    };
  }
}

/** Asks until there is an answer; a refusal is thrown at once. `waiting` is told when it takes longer. */
export async function reach(ask: () => Promise<Session>, waiting: () => void): Promise<Session> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      const passing =
        error instanceof Refusal && (error.status === 0 || error.status >= 500 || error.status === 429);
      if (!passing) throw error;
      waiting();
      await new Promise((resolve) =>
        setTimeout(resolve, Math.min(8_000, 400 * 2 ** tries) * (0.5 + Math.random() / 2)),
      );
    }
  }
}

export async function begin(session: Session, wants: Wants): Promise<Store> {
  const store = new Store(session, wants);
  window.oncue = {
    position: () => store.position,
    frames: () => store.picture?.frames ?? 0,
    delay: () => store.delay,
    seats: () => store.picture?.seats() ?? [],
    get clock() {
      return { offset: store.clock.offset, error: store.clock.error };
    },
    get link() {
      return store.linkState;
    },
    get door() {
      return store.door;
    },
    get playout() {
      return store.picture && { ...store.picture.playout, target: store.target / 1000 };
    },
    store,
  };
  addEventListener("online", () => store.nudge());
  addEventListener("pageshow", () => store.nudge());
  // Not in all browsers: another network than before (https://wicg.github.io/netinfo/).
  const { connection } = navigator as { connection?: EventTarget };
  connection?.addEventListener("change", () => store.nudge());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) store.nudge();
  });
  await store.start();
  return store;
}
