import { expect, test } from "vitest";
import { FIXED, firstFixed, NAMED, placeOf, readFixed, STOPS, shareAt, stepped } from "../src/host/scale";
import { concerns, details, plainly, report, seconds, shareWords, span, spread } from "../src/host/words";
import type { AmendmentInfo, RoundInfo } from "../src/wire";

const ADA = { viewer: 1, name: "Ada", age: 1_840_000 };
const BO = { viewer: 2, name: "Bo", age: 2_310_000 };

const round = (of: Partial<RoundInfo> = {}): RoundInfo => ({
  segment: "s1",
  number: 3,
  title: "Which planet?",
  opened: 0,
  span: 20e6,
  answers: 412,
  right: 231,
  delay_most: 1_240_000,
  ...of,
});

/** Without the marks that keep a name's direction to itself. */
const bare = (text: string): string => text.replace(/[\u2068\u2069]/g, "").replaceAll("\u00a0", " ");

const amendment = (changes: Record<string, unknown>, segment = "s1"): AmendmentInfo => ({
  segment,
  changes,
  why: "",
  by: 1,
  at: 0,
});

test("a round that receipt would have decided otherwise says who was wronged", () => {
  const said = report(round({ winner: ADA, by_receipt: BO, robbed: 23, clipped: 14, clipped_most: 12_000 }));
  expect(bare(said)).toBe(
    "412 answers, 398 judged on the viewer's own picture and the others within 12 ms of it; Ada was first, by receipt Bo would have been; 23 answers would have come too late by receipt.",
  );
});

test("a round that receipt would have decided alike says so, and no more", () => {
  expect(bare(report(round({ winner: ADA, by_receipt: { ...ADA, age: 2e6 } })))).toBe(
    "412 answers, all judged on the viewer's own picture; Ada was first, by receipt too.",
  );
});

test("a round that nobody answered, or one person, reads well", () => {
  expect(report(round({ answers: 0, right: 0 }))).toBe("Nobody answered.");
  expect(report(round({ answers: 1 }))).toBe("1 answer, judged on the viewer's own picture.");
  expect(bare(report(round({ answers: 1, clipped: 1, clipped_most: 8_000 })))).toBe(
    "1 answer, judged within 8 ms of what the viewer saw.",
  );
  expect(bare(report(round({ answers: 2, clipped: 2, clipped_most: 8_000 })))).toBe(
    "2 answers, judged within 8 ms of what the viewers saw.",
  );
});

test("where nobody had a picture, the words claim none", () => {
  expect(report(round({ answers: 2, delay_most: 0 }))).toBe(
    "2 answers, judged by when they came, for want of a picture.",
  );
});

test("names keep their direction to themselves", () => {
  expect(report(round({ winner: { ...ADA, name: "مها" } }))).toContain("\u2068مها\u2069");
});

test("the figures of a round are complete when nothing happened", () => {
  const values = details(round({ answers: 0, right: 0, delay_most: 0 })).map(([, value]) => bare(value));
  expect(values).toEqual(["nobody", "nobody", "0 of 0", "0", "the same for all", "none", "0 ms"]);
});

test("delays that are the same on all pictures are one figure", () => {
  const one = { delay_least: 1_240_000, delay_p50: 1_240_000, delay_p95: 1_241_000, delay_most: 1_242_000 };
  expect(bare(spread(round(one)))).toBe("1.24 s on all");
  expect(bare(spread(round({ ...one, delay_least: 310_000 })))).toBe(
    "310 ms to 1.24 s; half up to 1.24 s, 95 of 100 up to 1.24 s",
  );
});

test("spans are in ms up to a second, and never 1,000 ms", () => {
  expect([0, 1_499, 999_499, 999_500, 61_234_000].map((us) => bare(span(us)))).toEqual([
    "0 ms",
    "1 ms",
    "999 ms",
    "1.00 s",
    "61.23 s",
  ]);
  expect(bare(seconds(1_500_000))).toBe("1.50 s");
});

test("an amendment is about the rounds whose part of the settings it changes", () => {
  const rulings = [{ title: "Does not count", changes: { "/questions/2/void": true } }];
  const third = round({ rulings });
  expect(concerns(amendment({ "/questions/2/right": 1 }), third)).toBe(true);
  expect(concerns(amendment({ "/questions/1/right": 1 }), third)).toBe(false);
  expect(concerns(amendment({ "/questions/2/right": 1 }, "s2"), third)).toBe(false);
  expect(concerns(amendment({ "/points": 500 }), third)).toBe(false);
});

test("changes whose ruling nobody remembers are told as they are", () => {
  expect(plainly({ "/questions/2/right": 1, "/points": 500 })).toBe("questions 2 right: 1, points: 500");
});

test("every stop of the dial is found again, and any share has one", () => {
  for (const [place, share] of STOPS.entries()) expect(placeOf(share)).toBe(place);
  expect(shareAt(placeOf(0.73))).toBe(0.7);
  expect(NAMED.most).toBe((STOPS.length - 1) / 2);
  expect([shareWords(0.5), shareWords(0.95), shareWords(1)]).toEqual([
    "Half of the audience in step",
    "95 of 100 in step",
    "Everybody in step",
  ]);
});

test("a fixed delay is a number within bounds, and steps are whole", () => {
  expect([" 250 ", "", "fast", "99", "5001", "1e3"].map(readFixed)).toEqual([
    250_000,
    undefined,
    undefined,
    undefined,
    undefined,
    1_000_000,
  ]);
  expect(firstFixed(1_243_210)).toBe(1_240_000);
  expect(firstFixed(0)).toBe(1_000_000);
  expect([stepped(1_240_000, 1), stepped(1_240_000, -1), stepped(1_200_000, -1)]).toEqual([
    1_300_000, 1_200_000, 1_100_000,
  ]);
  expect(stepped(FIXED.most * 1000, 1)).toBe(5_000_000);
  expect(stepped(FIXED.least * 1000, -1)).toBe(100_000);
});
