import { expect, test, vi } from "vitest";
import { Way } from "../src/way";

function page(some: { around?: boolean; busy?: boolean; reachable?: boolean } = {}) {
  const state = { around: true, busy: false, reachable: false, ...some };
  const timers: { ms: number; work: () => void }[] = [];
  const over = vi.fn(() => {
    state.around = false;
  });
  const way = new Way({
    around: () => state.around,
    busy: () => state.busy,
    reachable: async () => state.reachable,
    over,
    later: (ms, work) => {
      const timer = { ms, work };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  });
  return { way, state, timers, over };
}

test("a page that came in by WebTransport never looks", () => {
  const { way, timers } = page({ around: false });
  way.wait();
  expect(timers).toEqual([]);
});

test("while UDP stays blocked it looks more and more rarely, but never stops", async () => {
  const { way, timers, over } = page();
  way.wait();
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    waits.push(timers[0]?.ms ?? 0);
    await way.look();
  }
  expect(waits).toEqual([20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000, 600_000]);
  expect(timers).toHaveLength(1);
  expect(over).not.toHaveBeenCalled();
});

test("on another network, where UDP gets through, it goes over at once", async () => {
  const { way, state, over } = page();
  way.wait();
  state.reachable = true;
  await way.look();
  expect(over).toHaveBeenCalledOnce();
});

test("who is on stage stays where they are, and goes over afterwards", async () => {
  const { way, state, timers, over } = page({ busy: true, reachable: true });
  await way.look();
  expect(over).not.toHaveBeenCalled();
  state.busy = false;
  timers[0]?.work();
  await vi.waitFor(() => expect(over).toHaveBeenCalledOnce());
});

test("who goes on stage while it looks stays where they are", async () => {
  const { way, state, over } = page({ reachable: true });
  const looking = way.look();
  state.busy = true;
  await looking;
  expect(over).not.toHaveBeenCalled();
});
