import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Clock } from "../src/clock";

const AHEAD = 1.7e15;
/** See tests/vectors/clock.py. */
const VECTORS = JSON.parse(readFileSync("../tests/vectors/clock.json", "utf8")) as Record<
  string,
  [word: string, ...numbers: number[]][]
>;

function exchange(clock: Clock, at: number, there: number, back: number): void {
  const t1 = at + AHEAD + there;
  clock.add(at, t1, t1 + 50, at + there + 50 + back);
}

test.each(Object.entries(VECTORS))("%s: it says what the vectors say", (_, steps) => {
  let local = 0;
  const clock = new Clock(() => local);
  let looks = 0;
  for (const [word, a = 0, b = 0, c = 0, d = 0, pause = 0] of steps) {
    local = word === "add" ? d : a;
    if (word === "add") clock.add(a, b, c, d);
    else if (word === "seed") clock.seed(b);
    else if (word === "hurry") clock.hurry();
    else {
      looks += 1;
      expect(Math.abs(clock.offset - b)).toBeLessThanOrEqual(1);
      expect(Math.abs(clock.error - c)).toBeLessThanOrEqual(1);
      expect(Math.abs(clock.now() - d)).toBeLessThanOrEqual(1);
      expect(clock.pause).toBe(pause);
    }
  }
  expect(looks).toBeGreaterThan(20);
});

test("the least way up and the least way down count, each by itself", () => {
  let local = 0;
  const clock = new Clock(() => local);
  exchange(clock, 0, 80_000, 5_000);
  exchange(clock, 200_000, 5_000, 60_000);
  local = 400_000;
  expect(Math.abs(clock.offset - AHEAD)).toBeLessThan(20);
  expect(clock.error).toBeLessThan(5_100);
});

test("half the round trip bounds the error however lopsided the way is", () => {
  const clock = new Clock(() => 100_000);
  exchange(clock, 0, 60_000, 0);
  expect(Math.abs(clock.offset - AHEAD)).toBeLessThanOrEqual(clock.error);
});

test("old bounds loosen, so a drifting quartz is followed", () => {
  let local = 0;
  const clock = new Clock(() => local);
  exchange(clock, 0, 1_000, 1_000);
  for (let t = 1800e6; t < 1805e6; t += 0.5e6) {
    local = t + 20_000;
    clock.add(t, t + AHEAD + 30_000 + 10_000, t + AHEAD + 30_000 + 10_000, local);
  }
  expect(Math.abs(clock.offset - AHEAD - 30_000)).toBeLessThan(10_000);
  expect(Math.abs(clock.offset - AHEAD - 30_000)).toBeLessThanOrEqual(clock.error);
});

test("show time never goes back when the estimate is corrected", () => {
  let local = 0;
  const clock = new Clock(() => local);
  clock.seed(AHEAD + 500_000);
  exchange(clock, 0, 1_000, 1_000);
  local = 2_050;
  const before = clock.now();
  local = 400_000;
  expect(clock.now()).toBe(before);
  local = 600_000;
  expect(clock.now()).toBe(AHEAD + 600_000);
});

test("once it has settled a correction changes the pace of show time and makes no jump", () => {
  let local = 0;
  const clock = new Clock(() => local);
  for (let t = 0; t < 2e6; t += 0.2e6) exchange(clock, t, 80_000, 20_000);
  local = 2e6;
  const before = clock.now();
  exchange(clock, 2e6 - 45_000, 22_000, 20_000);
  local = 2e6 + 100_000;
  expect(clock.now() - before).toBeGreaterThan(94_000);
  expect(clock.now() - before).toBeLessThan(96_000);
  local = 4e6;
  expect(Math.abs(clock.offset - AHEAD)).toBeLessThan(1_500);
});

test("nothing is known at first", () => {
  expect(new Clock(() => 5).now()).toBe(0);
});
