import { expect, test } from "vitest";
import { Need } from "../src/playout/need";

const MARGIN = 30;

/** Thirty frames a second, each `late(i)` ms late, from `begin` on. */
function fed(need: Need, count: number, late: (i: number) => number, begin = 100_000): number {
  let now = begin;
  for (let i = 0; i < count; i++) {
    const stamp = begin + i * 33;
    now = stamp + late(i);
    need.came(stamp, now);
  }
  return now;
}

test("a steady network needs what its frames take, and a margin", () => {
  const need = new Need();
  expect(need.value(fed(need, 300, () => 80))).toBe(80 + MARGIN);
});

test("nothing is known of a network before some frames have come", () => {
  const need = new Need();
  expect(need.value(fed(need, 10, () => 80))).toBe(0);
});

test("two in a hundred may be later than the need", () => {
  const need = new Need();
  expect(need.value(fed(need, 400, (i) => (i % 100 === 0 ? 900 : 80)))).toBe(80 + MARGIN);
  const bad = new Need();
  expect(bad.value(fed(bad, 400, (i) => (i % 20 === 0 ? 900 : 80)))).toBe(900 + MARGIN);
});

test("frames that were made before one came do not count: they waited in a store", () => {
  const need = new Need();
  for (let i = 0; i < 30; i++) need.came(99_000 + i * 33, 100_000);
  expect(need.value(fed(need, 60, () => 80, 100_080))).toBe(80 + MARGIN);
});

test("a network that has become better is believed after a while", () => {
  const need = new Need();
  const then = fed(need, 300, () => 400);
  expect(need.value(then)).toBe(400 + MARGIN);
  expect(need.value(fed(need, 1_900, () => 60, then + 100))).toBe(60 + MARGIN);
});

test("what came late while the page was loading is forgotten soon", () => {
  const need = new Need();
  const then = fed(need, 60, () => 800);
  expect(need.value(then)).toBe(800 + MARGIN);
  expect(need.value(fed(need, 150, () => 80, then + 33))).toBe(80 + MARGIN);
});

test("after a change of the network what was learned counts no more", () => {
  const need = new Need();
  const then = fed(need, 300, () => 400);
  need.forget();
  expect(need.value(fed(need, 60, () => 60, then + 1_100))).toBe(60 + MARGIN);
});
