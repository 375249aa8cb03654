import { expect, test } from "vitest";
import { Cast, PATIENCE, PROGRAMME, seatsOf } from "../src/seats/cast";
import type { SeatInfo, StageInfo } from "../src/wire";

const PROG: SeatInfo = { seat: PROGRAMME, since: 1 };
const GRACE: SeatInfo = { seat: "g1", viewer: 7, name: "Grace", since: 10 };
const ADA: SeatInfo = { seat: "g1", viewer: 8, name: "Ada", since: 30 };
const stage = (...seats: SeatInfo[]): StageInfo => ({ seats });
const names = (seats: SeatInfo[]): string[] => seats.map((info) => info.seat);
const all = () => true;
const none = () => false;

test("a scene without a stage has the show's own source", () => {
  expect(names([...seatsOf(undefined)])).toEqual([PROGRAMME]);
  expect(new Cast().wanted(undefined, undefined)).toEqual(new Set([PROGRAMME]));
});

test("who comes is connected to before they are shown: by the newest scene, or because they are announced", () => {
  const cast = new Cast();
  expect(cast.wanted(stage(PROG), stage(PROG, GRACE))).toEqual(new Set([PROGRAMME, "g1"]));
  expect(cast.wanted(stage(PROG), stage(PROG), ["g2"])).toEqual(new Set([PROGRAMME, "g2"]));
});

test("who goes stays until the scene without them is shown", () => {
  const cast = new Cast();
  expect(cast.wanted(stage(PROG, GRACE), stage(PROG))).toEqual(new Set([PROGRAMME, "g1"]));
  expect(cast.wanted(stage(PROG), stage(PROG))).toEqual(new Set([PROGRAMME]));
});

test("a newcomer has a tile once the first frame is there, or after some patience", () => {
  const cast = new Cast();
  cast.placed(stage(PROG), 0, all);
  const here = (info: SeatInfo) => info.seat === PROGRAMME;
  expect(names(cast.placed(stage(PROG, GRACE), 100, here))).toEqual([PROGRAMME]);
  expect(names(cast.placed(stage(PROG, GRACE), 99 + PATIENCE, here))).toEqual([PROGRAMME]);
  expect(names(cast.placed(stage(PROG, GRACE), 100 + PATIENCE, here))).toEqual([PROGRAMME, "g1"]);
  expect(names(cast.placed(stage(PROG, { ...GRACE, seat: "g2" }), 9_000, all))).toEqual([PROGRAMME, "g2"]);
});

test("a tile stays when its picture stalls", () => {
  const cast = new Cast();
  cast.placed(stage(PROG, GRACE), 0, all);
  expect(names(cast.placed(stage(PROG, GRACE), 1, none))).toEqual([PROGRAMME, "g1"]);
});

test("where nobody would be left the newcomer comes at once, but nobody comes before the first picture", () => {
  const cast = new Cast();
  expect(cast.placed(stage(PROG), 0, none)).toEqual([]);
  cast.placed(stage(PROG), 1, all);
  expect(names(cast.placed(stage(GRACE), 2, none))).toEqual(["g1"]);
});

test("another in the same seat is a newcomer", () => {
  const cast = new Cast();
  cast.placed(stage(PROG, GRACE), 0, all);
  const before = (info: SeatInfo) => info.viewer !== ADA.viewer;
  expect(names(cast.placed(stage(PROG, ADA), 1, before))).toEqual([PROGRAMME]);
});

test("who is cut is gone at once, whatever scene is shown, and may come again", () => {
  const cast = new Cast();
  const shown = stage(PROG, GRACE);
  cast.wanted(shown, shown);
  cast.placed(shown, 0, all);
  expect(cast.wanted(shown, { ...stage(PROG), cut: ["g1"] }, ["g1"])).toEqual(new Set([PROGRAMME]));
  expect(names(cast.placed(shown, 1, all))).toEqual([PROGRAMME]);
  // The next in that seat is connected to, though the scene with the one before is still shown.
  expect(cast.wanted(shown, stage(PROG, ADA))).toEqual(new Set([PROGRAMME, "g1"]));
  expect(names(cast.placed(shown, 2, all))).toEqual([PROGRAMME]);
  expect(names(cast.placed(stage(PROG, ADA), 3, all))).toEqual([PROGRAMME, "g1"]);
});

test("who is cut before they were ever shown never appears", () => {
  const cast = new Cast();
  cast.wanted(stage(PROG), stage(PROG, GRACE));
  expect(cast.wanted(stage(PROG), { ...stage(PROG), cut: ["g1"] })).toEqual(new Set([PROGRAMME]));
  expect(names(cast.placed(stage(PROG, GRACE), 1, all))).toEqual([PROGRAMME]);
});

test("who left a moment ago can be cut though another has the seat by then", () => {
  const cast = new Cast();
  cast.wanted(stage(PROG), stage(PROG, GRACE));
  cast.wanted(stage(PROG), stage(PROG));
  cast.wanted(stage(PROG), stage(PROG, ADA));
  cast.wanted(stage(PROG), { ...stage(PROG, ADA), cut: ["g1"] });
  expect([GRACE, ADA].map((info) => cast.isCut(info))).toEqual([true, false]);
  expect(names(cast.placed(stage(PROG, GRACE), 1, all))).toEqual([PROGRAMME]);
});
