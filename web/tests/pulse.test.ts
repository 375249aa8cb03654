import { expect, test } from "vitest";
import { BEAT, Pulse } from "../src/playout/pulse";

function beating(until: number): Pulse {
  const pulse = new Pulse();
  for (let now = BEAT; now <= until; now += BEAT) pulse.beat(now);
  return pulse;
}

test("a page whose timer beats is not late", () => {
  expect(beating(1_000).late(1_030)).toBe(false);
});

test("a page that stood still is late, for as long again as it stood", () => {
  const pulse = beating(1_000);
  expect(pulse.late(1_500)).toBe(true);
  for (let now = 1_550; now <= 2_100; now += BEAT) pulse.beat(now);
  expect(pulse.late(1_990)).toBe(true);
  expect(pulse.late(2_010)).toBe(false);
});

test("it is known as well when the timer comes before what has waited", () => {
  const pulse = beating(1_000);
  pulse.beat(1_500);
  expect(pulse.late(1_501)).toBe(true);
});
