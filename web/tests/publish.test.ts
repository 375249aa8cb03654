import { expect, test } from "vitest";
import { loudness } from "../src/publish/publisher";
import { avc, Ladder, type Load, STEPS, shrunk } from "../src/publish/rungs";
import { type Block, Blocks } from "../src/publish/samples";
import { Even, Shown, Stamps } from "../src/publish/stamps";
import { troubleOf } from "../src/publish/trouble";

const FINE: Load = { dropped: 0, backlog: 0 };
const SLOW: Load = { dropped: 0, backlog: 800 };

test("a stamp of the page's own clock is taken as it is, but never later than it came", () => {
  const stamps = new Stamps();
  expect(stamps.at(1_000_000, 1_010_000)).toBe(1_000_000);
  expect(stamps.at(1_030_000, 1_020_000)).toBe(1_020_000);
});

test("a stamp of another clock is led over by the shortest way that was seen", () => {
  const stamps = new Stamps();
  const ways = [20_000, 5_000, 12_000, 40_000];
  const found = ways.map((way, i) => stamps.at(9e9 + i * 33_000, 1_000_000 + i * 33_000 + way));
  // From the second frame on: captured 5 ms before it came.
  expect(found.slice(1)).toEqual([1_038_000, 1_071_000, 1_104_000]);
});

test("a shortest way that was seen long ago does not count any more", () => {
  const stamps = new Stamps();
  for (let at = 0; at < 30e6; at += 100_000) stamps.at(9e9 + at, 50e6 + at * 1.0001);
  expect(stamps.at(9e9 + 30e6, 80e6 + 3_000)).toBeGreaterThan(80e6 - 3_000);
});

test("frames that are shown tell how the camera's clock is off, and so how long frames take through the browser", () => {
  const shown = new Shown();
  const stamps = new Stamps();
  const offset = -7_000_000_123;
  const uneven = [0, 900, -700, 400, 1_200, -300, 700, -900, 100, 600, -400, 800];
  uneven.forEach((jitter, i) => {
    const captured = 5_000_000 + i * 33_333 + jitter;
    const raw = captured - offset;
    shown.read(raw);
    stamps.at(raw, captured + 45_000 + (i % 3) * 2_000);
    shown.shown(captured, stamps.offset);
  });
  expect(shown.offset).toBeCloseTo(offset, -2);
  stamps.exact = shown.offset;
  expect(stamps.at(6_000_000 - offset, 6_050_000)).toBeCloseTo(6_000_000, -2);
});

test("until frames agree nothing is known", () => {
  const shown = new Shown();
  shown.read(1_000);
  shown.shown(50_000, 49_500);
  expect(shown.offset).toBeUndefined();
});

test("stamps of sound come evenly however the measured ones jump, and do not drift from them", () => {
  const even = new Even();
  let last = 0;
  // A microphone that is 200 parts in a million slow, measured with 1 ms of jitter.
  for (let i = 0; i < 3_000; i += 1) {
    const measured = i * 20_004 + (i % 2) * 1_000;
    const at = even.at(measured, 20_000);
    if (i > 0) expect(Math.abs(at - last - 20_000)).toBeLessThan(120);
    expect(Math.abs(at - measured)).toBeLessThan(1_200);
    last = at;
  }
});

test("sound that was lost is a hole in the stamps, not a shift of all that follows", () => {
  const taken: Block[] = [];
  const blocks = new Blocks(48_000, (block) => taken.push(block));
  for (let i = 0; i < 10; i += 1) if (i < 4 || i > 6) blocks.put(i * 10_000, [new Float32Array(480)]);
  expect(taken.map((block) => Math.round(block.captured))).toEqual([0, 20, 70]);
  expect(taken.every((block) => block.channels[0]?.length === 960)).toBe(true);
});

test("pieces of any length become blocks of 20 ms with all their samples", () => {
  const taken: Block[] = [];
  const blocks = new Blocks(48_000, (block) => taken.push(block));
  for (let i = 0, at = 0; i < 40; i += 1, at += 128)
    blocks.put((at / 48_000) * 1e6, [Float32Array.from({ length: 128 }, (_, k) => at + k)]);
  expect(taken.length).toBe(5);
  expect(taken.flatMap((block) => Array.from(block.channels[0] ?? []))).toEqual(
    Array.from({ length: 4_800 }, (_, k) => k),
  );
});

test("less is sent when it is too much twice in a row, and two steps less in a flood", () => {
  const ladder = new Ladder();
  expect(ladder.look(0, SLOW)).toBe(false);
  expect(ladder.look(1_000, FINE)).toBe(false);
  expect(ladder.look(2_000, SLOW)).toBe(false);
  expect(ladder.look(3_000, SLOW)).toBe(true);
  expect(ladder.step).toBe(1);
  const flood: Load = { dropped: 0, backlog: 2_000 };
  // What was on its way already does not count against the new step.
  expect(ladder.look(4_000, flood) || ladder.look(5_000, flood)).toBe(false);
  ladder.look(6_000, flood);
  ladder.look(7_000, flood);
  expect(ladder.step).toBe(3);
});

test("a machine that drops frames gets less to do, down to the last step and no further", () => {
  const ladder = new Ladder();
  for (let now = 0; now < 60_000; now += 1_000) ladder.look(now, { dropped: 0.5, backlog: 0 });
  expect(ladder.step).toBe(STEPS.length - 1);
});

test("more is tried after ten calm seconds, and later each time that it was in vain", () => {
  const ladder = new Ladder();
  let now = 0;
  const after = (load: Load): number => {
    const from = now;
    while (!ladder.look(now, load)) now += 1_000;
    now += 1_000;
    return now - from;
  };
  after(SLOW);
  const waits: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    waits.push(after(FINE));
    after(SLOW);
  }
  const [first = 0, second = 0, third = 0] = waits;
  expect(first).toBeLessThan(13_000);
  expect(second).toBeGreaterThan(1.8 * first);
  expect(third).toBeGreaterThan(1.8 * second);
});

test("sizes are even, and the codec's level fits the size", () => {
  expect(shrunk(1280, 4)).toBe(320);
  expect(shrunk(854, 4) % 2).toBe(0);
  expect(avc(1280, 720, 30)).toBe("avc1.42e01f");
  expect(avc(1920, 1080, 30)).toBe("avc1.42e028");
});

test("loudness goes from silence to full scale", () => {
  expect(loudness(new Float32Array(960))).toBe(0);
  expect(loudness(new Float32Array(960).fill(1))).toBe(1);
  expect(loudness(new Float32Array(960).fill(0.03))).toBeCloseTo(0.49, 1);
});

test("each error becomes a sentence and advice, which for permissions is the browser's own", () => {
  Object.defineProperty(globalThis, "isSecureContext", { value: true, configurable: true });
  const denied = new DOMException("Permission denied", "NotAllowedError");
  expect(troubleOf("camera", denied, "Mozilla/5.0 Firefox/140.0")).toMatchObject({
    what: "trouble.denied-camera",
    hint: "trouble.do-denied-firefox",
  });
  expect(troubleOf("camera", denied, "Mozilla/5.0 (iPhone) Safari").hint).toBe("trouble.do-denied-ios");
  const cause = (name: string, message = ""): string =>
    troubleOf("microphone", new DOMException(message, name), "").cause;
  expect(cause("NotAllowedError", "Permission dismissed")).toBe("dismissed");
  expect(cause("NotAllowedError", "Permission denied by system")).toBe("system");
  expect(cause("NotReadableError")).toBe("busy");
  expect(cause("NotFoundError")).toBe("none");
  expect(cause("OverconstrainedError")).toBe("unfit");
  expect(cause("NotSupportedError")).toBe("encoder");
  expect(cause("TypeError")).toBe("fault");
  Object.defineProperty(globalThis, "isSecureContext", { value: false, configurable: true });
  expect(cause("TypeError")).toBe("insecure");
});
