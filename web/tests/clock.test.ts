import { expect, test } from "vitest";
import { Clock } from "../src/clock";

const AHEAD = 1.7e15;

function exchange(clock: Clock, at: number, there: number, back: number): void {
  const t1 = at + AHEAD + there;
  clock.add(at, t1, t1 + 50, at + there + 50 + back);
}

test("the exchange with the shortest round trip counts", () => {
  let local = 0;
  const clock = new Clock(() => local);
  exchange(clock, 0, 80_000, 10_000);
  exchange(clock, 200_000, 5_000, 5_000);
  exchange(clock, 400_000, 10_000, 90_000);
  local = 1_000_000;
  expect(clock.offset).toBe(AHEAD);
  expect(clock.error).toBeLessThan(5_200);
});

test("half the round trip bounds the error however lopsided the way is", () => {
  const clock = new Clock(() => 100_000);
  exchange(clock, 0, 60_000, 0);
  expect(Math.abs(clock.offset - AHEAD)).toBeLessThanOrEqual(clock.error);
});

test("old samples fade, so a drifting quartz is followed", () => {
  let local = 0;
  const clock = new Clock(() => local);
  exchange(clock, 0, 1_000, 1_000);
  local = 600e6;
  clock.add(local, local + AHEAD + 30_000 + 10_000, local + AHEAD + 30_000 + 10_000, local + 20_000);
  expect(clock.offset).toBe(AHEAD + 30_000);
});

test("show time never goes back when the estimate is corrected", () => {
  let local = 0;
  const clock = new Clock(() => local);
  clock.seed(AHEAD + 500_000);
  const before = clock.now();
  exchange(clock, 0, 1_000, 1_000);
  local = 2_000;
  expect(clock.now()).toBe(before);
  local = 600_000;
  expect(clock.now()).toBe(AHEAD + 600_000);
});

test("nothing is known at first", () => {
  expect(new Clock(() => 5).now()).toBe(0);
});
