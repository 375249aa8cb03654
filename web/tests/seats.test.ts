import { expect, test } from "vitest";
import { Duck } from "../src/playout/duck";
import { Need } from "../src/playout/need";
import { type Needy, together } from "../src/playout/needs";
import { type Reel, Reels } from "../src/playout/reels";

const seat = (value: number, settled: boolean, came = 0): Needy => ({
  came,
  need: { value: () => value, settled: () => settled },
});

test("all wait for the seat that needs most", () => {
  expect(together([seat(80, true), seat(300, true)], 0, 0)).toBe(300);
});

test("a newcomer does not count until it has settled, unless nobody else has", () => {
  expect(together([seat(80, true), seat(900, false)], 0, 0)).toBe(80);
  expect(together([seat(900, false)], 0, 0)).toBe(900);
  expect(together([seat(0, false)], 0, 0)).toBe(0);
  expect(together([], 0, 0)).toBe(0);
});

test("who is not heard of any more does not count", () => {
  expect(together([seat(80, true, 10_000), seat(500, true)], 10_000, 0)).toBe(80);
});

test("a guest whose own uplink is slow holds the others up for no more than so much", () => {
  expect(together([seat(80, true), seat(2_000, true)], 0, 0)).toBe(680);
});

test("a network that has settled is known as such only after its beginning counts no more", () => {
  const need = new Need();
  for (let now = 0; now <= 3_900; now += 50) need.came(now - 40, now);
  need.value(3_900);
  expect(need.settled(3_900)).toBe(false);
  expect(need.settled(4_100)).toBe(true);
});

test("the programme goes down while somebody speaks, not for a click, and not up in each pause", () => {
  const duck = new Duck();
  duck.hear("g1", 0.3, 0);
  expect(duck.down(20)).toBe(false);
  duck.hear("g1", 0.2, 50);
  duck.hear("g1", 0.2, 100);
  expect(duck.down(100)).toBe(true);
  for (let now = 150; now < 600; now += 50) duck.hear("g1", 0.001, now);
  expect(duck.down(600)).toBe(true);
  expect(duck.down(750)).toBe(false);
});

test("who speaks softly within a sentence is still speaking; noise alone is not", () => {
  const duck = new Duck();
  for (let now = 0; now <= 2_000; now += 50) duck.hear("g1", 0.015, now);
  expect(duck.down(2_000)).toBe(false);
  duck.hear("g1", 0.1, 2_050);
  for (let now = 2_100; now <= 4_000; now += 50) duck.hear("g1", 0.015, now);
  expect(duck.down(4_000)).toBe(true);
  duck.forget("g1");
  expect(duck.down(4_000)).toBe(false);
});

/** A reel that has frames with these stamps. */
function reel(...stamps: number[]) {
  const seen = { closed: false, frames: [] as number[] };
  const made: Reel = {
    put: () => {},
    prepare: () => {},
    trim: () => {},
    take: (position) => {
      let due: number | undefined;
      while ((stamps[0] ?? Number.POSITIVE_INFINITY) <= position) due = stamps.shift();
      if (due === undefined) return undefined;
      return { timestamp: due, close: () => seen.frames.push(due) } as unknown as VideoFrame;
    },
    close: () => {
      seen.closed = true;
    },
  };
  return { ...seen, reel: made, seen };
}

test("another rendition takes over with its first frame that is due, and the one before ends then", () => {
  const [reels, small, large] = [new Reels(), reel(10, 20, 30, 40), reel(25, 35)];
  reels.add(small.reel);
  reels.add(large.reel);
  expect([10, 20, 25, 35].map((position) => reels.take(position)?.timestamp)).toEqual([10, 20, 25, 35]);
  expect(small.seen.closed).toBe(true);
  expect(large.seen.closed).toBe(false);
});

test("a rendition that begins with an earlier frame catches up first: nothing is shown twice", () => {
  const [reels, small, large] = [new Reels(), reel(10, 20, 30, 40), reel(5, 15, 45)];
  reels.add(small.reel);
  expect(reels.take(20)?.timestamp).toBe(20);
  reels.add(large.reel);
  expect([22, 30, 40, 45].map((position) => reels.take(position)?.timestamp)).toEqual([
    undefined,
    30,
    40,
    45,
  ]);
  expect(large.seen.frames).toEqual([15]);
});

test("of those that wait for their turn only the last is kept; one that is over is shown to its end", () => {
  const [reels, first, second, third] = [new Reels(), reel(10, 20), reel(15), reel(30)];
  reels.add(first.reel);
  reels.add(second.reel);
  reels.add(third.reel);
  expect([first, second, third].map((one) => one.seen.closed)).toEqual([false, true, false]);
  expect([10, 20, 30].map((position) => reels.take(position)?.timestamp)).toEqual([10, 20, 30]);
});
