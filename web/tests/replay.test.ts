import { describe, expect, it } from "vitest";
import { course, Playhead } from "../src/replay/playhead";
import { marksOf, type Part, Reel, readScenes, timeWords } from "../src/replay/reel";
import type { SceneMsg } from "../src/wire";

const S = 1_000_000;
const scene = (at: number, more: Partial<SceneMsg> = {}): SceneMsg => ({
  op: "scene",
  epoch: 1,
  seq: at,
  at: at * S,
  segment: "",
  format: "",
  title: "",
  scene: { blocks: [] },
  ...more,
});
const part = (seat: string, start: number, end: number): Part => ({
  file: `${seat}.${start}.mp4`,
  seat,
  name: "",
  start: start * S,
  end: end * S,
  video: "avc3",
  audio: "opus",
});

describe("a recorded show", () => {
  const reel = new Reel(
    [scene(30), scene(5), scene(20)],
    [part("programme", 10, 60), part("g1", 25, 40), part("g1", 50, 55)],
  );

  it("has at each moment the last scene that was seen by then", () => {
    expect([0, 5, 19, 20, 29.9, 30, 99].map((at) => reel.scene(at * S)?.seq)).toEqual([
      5, 5, 5, 20, 20, 30, 30,
    ]);
  });

  it("goes from its first picture to its last", () => {
    expect([reel.start, reel.end]).toEqual([10 * S, 60 * S]);
  });

  it("has for each seat the file of a moment, or the one that begins soon", () => {
    const file = (at: number) => reel.part("g1", at * S)?.start;
    expect([10, 22, 25, 39, 41, 47, 52, 56].map(file)).toEqual([
      undefined,
      25 * S,
      25 * S,
      25 * S,
      undefined,
      50 * S,
      50 * S,
      undefined,
    ]);
  });

  it("plays on what is still recorded", () => {
    expect(new Reel([], [part("programme", 10, 0)]).part("programme", 99 * S)?.start).toBe(10 * S);
  });

  it("goes from mark to mark", () => {
    const marked = new Reel(
      [scene(20, { segment: "s1" }), scene(30, { segment: "s2" })],
      [part("programme", 10, 60)],
    );
    expect(marked.next(12 * S, 1)).toBe(20 * S);
    expect(marked.next(20 * S, 1)).toBe(30 * S);
    expect(marked.next(50 * S, 1)).toBe(60 * S);
    expect(marked.next(30.5 * S, -1)).toBe(20 * S);
    expect(marked.next(11 * S, -1)).toBe(10 * S);
  });

  it("marks segments, questions and who comes on stage, each once", () => {
    const asked = { blocks: [{ block: "heading" as const, text: "Which?" }], mood: "live" as const };
    const ann = { seats: [{ seat: "programme" }, { seat: "g1", viewer: 7, name: "Ann", since: 41 * S }] };
    const marks = marksOf([
      scene(10),
      scene(20, { segment: "s1", title: "Quiz" }),
      scene(30, { segment: "s1", title: "Quiz", scene: asked }),
      scene(31, { segment: "s1", title: "Quiz", scene: asked }),
      scene(40, { segment: "s1", title: "Quiz", stage: ann }),
      scene(42, { segment: "s1", title: "Quiz", stage: ann }),
    ]);
    expect(marks).toEqual([
      { at: 20 * S, kind: "segment", words: "Quiz" },
      { at: 30 * S, kind: "round", words: "Which?" },
      { at: 41 * S, kind: "stage", words: "Ann" },
    ]);
  });

  it("is read line by line, without what was cut off", () => {
    expect(readScenes('{"seq":1}\n{"seq":2}\n{"se').map((one) => one.seq)).toEqual([1, 2]);
  });

  it("says times as people do", () => {
    expect([0, 61.9, 3723].map((at) => timeWords(at * S))).toEqual(["0:00", "1:01", "1:02:03"]);
  });
});

describe("the clock of a replay", () => {
  it("stands, runs at its rate, and stops at the end", () => {
    const head = new Playhead(10 * S, 20 * S);
    expect(head.at(500)).toBe(10 * S);
    head.play(1_000);
    expect(head.at(3_000)).toBe(12 * S);
    head.faster(2, 3_000);
    expect(head.at(4_000)).toBe(14 * S);
    head.pause(4_000);
    expect(head.at(9_000)).toBe(14 * S);
    head.play(9_000);
    expect(head.at(99_000)).toBe(20 * S);
  });

  it("is where the frame is that is on the screen, and waits with it", () => {
    const head = new Playhead(0, 20 * S);
    head.play(0);
    head.lead(5 * S, 1_000);
    expect(head.at(1_020)).toBe(5.02 * S);
    expect(head.at(3_000)).toBe(5.1 * S);
    head.free(3_000);
    expect(head.at(4_000)).toBe(6.1 * S);
  });

  it("begins anew when it is played at its end", () => {
    const head = new Playhead(10 * S, 20 * S);
    head.jump(99 * S, 0);
    expect(head.at(0)).toBe(20 * S);
    head.play(0);
    expect(head.at(0)).toBe(10 * S);
  });
});

describe("a film beside the clock", () => {
  it("jumps when it is far off, and else goes a little faster or slower", () => {
    expect(course(3, 5, 1)).toEqual({ jump: 5 });
    expect(course(5, 5.01, 1)).toEqual({ speed: 1 });
    expect(course(5, 5.05, 1)).toEqual({ speed: expect.closeTo(1.05) });
    expect(course(5, 4.8, 2)).toEqual({ speed: expect.closeTo(1.8) });
  });
});
