import { expect, test } from "vitest";
import { compositionOf, inOrder, levelled, moved, sameComposition } from "../src/host/composition";
import { foreseen, over, placeOf, skipped, sourceName, streams } from "../src/host/programme-time";
import { began, type Recording, running, size, whose } from "../src/host/recordings";
import { meter } from "../src/host/stage-listen";
import { came, first, guestPress, keyFor, pressOf, STILL } from "../src/host/stage-press";
import {
  away,
  clockWords,
  counts,
  hearing,
  left,
  news,
  onAir,
  placed,
  stateWord,
  summary,
  waited,
} from "../src/host/stage-words";
import { Outbox } from "../src/outbox";
import type { GuestInfo, ProgrammeInfo, StageInfo } from "../src/wire";

const guest = (viewer: number, state: string, of: Partial<GuestInfo> = {}): GuestInfo => ({
  viewer,
  name: ["", "Ann", "Bo", "Cy", "Di"][viewer] ?? "",
  state,
  ...of,
});

const bare = (text: string): string => text.replace(/[\u2068\u2069]/g, "");

test("strips stay where they are: who goes leaves, who comes stands at the end", () => {
  const three = [
    guest(1, "live", { since: 30 }),
    guest(2, "green", { since: 10 }),
    guest(3, "check", { since: 20 }),
  ];
  expect(placed([], three)).toEqual([2, 3, 1]);
  expect(placed([3, 1, 2], three)).toEqual([3, 1, 2]);
  expect(placed([4, 1, 2], three)).toEqual([1, 2, 3]);
  expect(placed([1], [guest(1, "live", { since: 99 })])).toEqual([1]);
});

test("waiting is told no finer than it matters", () => {
  const words = [0, 59, 60, 61 * 60, 125 * 60].map((s) => waited(1e6, 1e6 + s * 1e6));
  expect(words).toEqual(["just now", "just now", "1 min", "1 h 1 min", "2 h 5 min"]);
  expect(waited(0, 5e6)).toBe("just now");
});

test("what is left of an invitation never falls below nothing, and is unknown without a clock", () => {
  expect(left(10e6, 60e6, 11.5e6)).toBe(59);
  expect(left(10e6, 60e6, 99e6)).toBe(0);
  expect(left(10e6, 60e6, 0)).toBeUndefined();
});

test("times are written as clocks write them", () => {
  expect([-5e6, 0, 65e6, 3600e6 + 7e6].map(clockWords)).toEqual(["0:00", "0:00", "1:05", "1:00:07"]);
});

test("a strip says where somebody is", () => {
  expect(stateWord(guest(1, "invited"))).toBe("crew.is-invited");
  expect(stateWord(guest(1, "check"))).toBe("crew.is-check");
  expect(stateWord(guest(1, "check", { check: "No camera" }))).toBe("crew.is-checked");
  expect(stateWord(guest(1, "green"))).toBe("crew.is-coming");
  expect(stateWord(guest(1, "green", { present: true }))).toBe("crew.is-ready");
  expect(stateWord(guest(1, "live"))).toBe("crew.is-live");
});

test("who has not come yet is not lost, who came and does not come any more is", () => {
  expect(away(guest(1, "green"), undefined, false)).toBe(false);
  expect(away(guest(1, "green"), undefined, true)).toBe(true);
  expect(away(guest(1, "live"), { seat: "g1", away: true }, false)).toBe(true);
  expect(away(guest(1, "live", { present: true }), { seat: "g1" }, true)).toBe(false);
  expect(away(guest(1, "check"), undefined, true)).toBe(false);
});

test("it is told who hears a guest, and whom they hear", () => {
  const name = (viewer: number): string => ["", "Ann", "Bo", "Cy"][viewer] ?? "";
  const said = (one: GuestInfo): string => bare(hearing(one, 1, name).join(" · "));
  expect(said(guest(2, "green"))).toBe("Only the crew hears them");
  expect(said(guest(2, "green", { talkers: [1, 3] }))).toBe(
    "Only the crew hears them · they hear you · they hear Cy",
  );
  expect(said(guest(2, "live"))).toBe("Everybody hears them");
  expect(said(guest(2, "live", { muted: true }))).toBe("Muted: nobody hears them");
  expect(said(guest(2, "live", { microphone: false }))).toBe("Their microphone is off");
});

test("the panel in one line counts who is where", () => {
  const all = counts({
    queue: [guest(4, "queue")],
    waiting: 57,
    guests: [guest(1, "live"), guest(2, "green"), guest(3, "invited")],
  });
  expect(all).toEqual({ live: 1, ready: 1, coming: 1, hands: 57 });
  expect(summary(all)).toBe("1 on air · 1 ready · 1 coming · 57 hands up");
  expect(summary(counts(undefined))).toBe("nobody on the way");
});

test("what happens on the way is told once, by name", () => {
  const before = {
    queue: [guest(1, "queue")],
    guests: [guest(2, "green", { present: true }), guest(3, "live", { present: true })],
  };
  const after = {
    queue: [guest(4, "queue")],
    guests: [guest(1, "invited"), guest(2, "live", { present: true }), guest(3, "live")],
  };
  expect(news(before, after)).toEqual([
    "Di has raised a hand.",
    "Ann is invited.",
    "Bo is on air.",
    "Cy has lost the connection.",
  ]);
  expect(news(after, { queue: [], guests: [guest(3, "live", { present: true })] })).toEqual([
    "Cy is back.",
    "Ann is off the stage.",
    "Bo is off the stage.",
  ]);
  expect(news(after, after)).toEqual([]);
  expect(news(undefined, after)).toEqual([]);
});

test("a scene that says nothing of the stage has the programme alone", () => {
  expect(onAir(undefined, { source: "test" }).seats).toEqual([{ seat: "programme" }]);
  expect(onAir(undefined, null).seats).toEqual([]);
});

const act = (n: number) => ({ op: "act", n, seg: "", do: {} }) as const;
const sent = (action: { type: string; viewer: number; on?: boolean }, n = 1): Outbox => {
  const outbox = new Outbox();
  outbox.put(keyFor(action), n, JSON.stringify(action));
  return outbox;
};

test("a press is pending until the desk has it, receipt or not", () => {
  const live = { type: "put-live", viewer: 2 };
  const outbox = sent(live);
  expect(guestPress(outbox, guest(2, "green"), "way", 5).doing).toEqual(live);
  outbox.recorded([act(1)], 7);
  expect(guestPress(outbox, guest(2, "green"), "way", 6).doing).toEqual(live);
  expect(guestPress(outbox, guest(2, "live"), "way", 6)).toEqual(STILL);
  expect(guestPress(outbox, guest(2, "green"), "way", 7)).toEqual(STILL);
});

test("a refusal is told where it was pressed, until it is forgotten", () => {
  const outbox = sent({ type: "put-live", viewer: 2 });
  outbox.recorded([act(1)], 7);
  expect(outbox.refused(1, "all seats are taken")).toBe(true);
  expect(guestPress(outbox, guest(2, "green"), "way", 9).why).toBe("all seats are taken");
  outbox.forget("stage.2.way");
  expect(guestPress(outbox, guest(2, "green"), "way", 9)).toEqual(STILL);
});

test("mute, talk and the way of one guest do not hide each other", () => {
  const outbox = sent({ type: "mute", viewer: 2, on: true });
  outbox.put("stage.2.way", 2, JSON.stringify({ type: "put-live", viewer: 2 }));
  expect(guestPress(outbox, guest(2, "green"), "mute", 0).doing?.type).toBe("mute");
  expect(guestPress(outbox, guest(2, "green"), "way", 0).doing?.type).toBe("put-live");
  expect(pressOf(outbox, "stage.2.talk", 0)).toEqual(STILL);
  expect(came({ type: "mute", on: true }, guest(2, "green", { muted: true }))).toBe(true);
  expect(came({ type: "take-off" }, guest(2, "green"))).toBe(false);
  expect(came({ type: "take-off" }, undefined)).toBe(true);
});

test("of several presses a refusal is told first", () => {
  const doing = { doing: { type: "mute" }, why: "" };
  expect(first(STILL, doing, { doing: undefined, why: "no" }).why).toBe("no");
  expect(first(STILL, doing)).toBe(doing);
  expect(first(STILL)).toBe(STILL);
});

const STAGE: StageInfo = {
  seats: [{ seat: "programme" }, { seat: "g1" }, { seat: "g2" }],
  layout: "side",
  gains: { g1: 1.4 },
};

test("a composition is the whole, in the order of the seats", () => {
  const all = compositionOf(STAGE);
  expect(all).toEqual({
    layout: "side",
    main: "",
    order: ["programme", "g1", "g2"],
    gains: { g1: 1.4 },
    duck: 0.25,
  });
  expect(sameComposition(all, { ...all, gains: { g1: 1.4 } })).toBe(true);
  expect(sameComposition(all, { ...all, main: "g1" })).toBe(false);
});

test("seats move up and down within bounds, and one that came meanwhile stands at the end", () => {
  expect(moved(["a", "b", "c"], "c", -1)).toEqual(["a", "c", "b"]);
  expect(moved(["a", "b", "c"], "a", -1)).toEqual(["a", "b", "c"]);
  expect(moved(["a", "b", "c"], "x", 1)).toEqual(["a", "b", "c"]);
  expect(inOrder(STAGE.seats ?? [], ["g1", "programme"]).map((one) => one.seat)).toEqual([
    "g1",
    "programme",
    "g2",
  ]);
});

test("a level of one is not named, and levels have bounds", () => {
  expect(levelled({ g1: 1.4 }, "g1", 1.01)).toEqual({});
  expect(levelled({}, "g1", 0.333)).toEqual({ g1: 0.35 });
  expect(levelled({}, "g1", 9)).toEqual({ g1: 2 });
  expect(levelled({ g2: 0.5 }, "g1", -1)).toEqual({ g1: 0, g2: 0.5 });
});

const film = (of: Partial<ProgrammeInfo> = {}): ProgrammeInfo => ({
  source: "/media/the-match.mp4",
  live: false,
  at: 100e6,
  media: 20e6,
  length: 60e6,
  ...of,
});

test("the programme is where its rate has brought it since it was told", () => {
  expect(placeOf(film(), 105e6)).toBe(25e6);
  expect(placeOf(film({ rate: 1.5 }), 110e6)).toBe(35e6);
  expect(placeOf(film({ playing: false }), 999e6)).toBe(20e6);
  expect(placeOf(film(), 999e6)).toBe(60e6);
  expect(placeOf(film({ length: 0 }), 999e6)).toBe(919e6);
  expect(placeOf(film(), 0)).toBe(20e6);
  expect(placeOf(film(), 90e6)).toBe(20e6);
});

test("winding stays within the film, and its end is known", () => {
  expect(skipped(film(), 105e6, -10e6)).toBe(15e6);
  expect(skipped(film(), 100e6, -30e6)).toBe(0);
  expect(skipped(film(), 130e6, 30e6)).toBe(60e6);
  expect([over(film(), 139e6), over(film(), 140e6), over(film({ length: 0 }), 999e6)]).toEqual([
    false,
    true,
    false,
  ]);
});

test("until the show has answered, the remote shows what was pressed, and stands", () => {
  const wound = foreseen(film(), { type: "transport", media: 50e6 }, 120e6);
  expect(wound).toMatchObject({ media: 50e6, at: 120e6, playing: true, rate: 1 });
  const stopped = foreseen(film(), { type: "transport", playing: false }, 110e6);
  expect(stopped).toMatchObject({ media: 30e6, playing: false });
  expect(foreseen(film(), undefined, 110e6)).toEqual(film());
  expect(foreseen(undefined, { type: "transport" }, 1)).toBeUndefined();
});

test("a source is live unless it is said not to be, and is known by its own name", () => {
  expect([streams({ source: "test" }), streams(film())]).toEqual([true, false]);
  expect(["/media/a b.mp4", "test", "rtmp://user:secret@host/live", "x/"].map(sourceName)).toEqual([
    "a b.mp4",
    "test",
    "host/live",
    "x/",
  ]);
});

test("a meter goes from what nobody hears to full scale", () => {
  expect([0, 1e-6, 1, 4].map(meter)).toEqual([0, 0, 1, 1]);
  expect(meter(0.1)).toBeCloseTo(0.6);
});

const recording = (state: Recording["state"]): Recording => ({
  id: state,
  state,
  why: "",
  start: 1e15,
  end: 0,
  public: false,
  parts: [],
  files: {},
  bytes: 0,
});

test("sizes are told in units that fit", () => {
  const words = [0, 8.44e6, 96.2e6, 999.4e6, 999.6e6, 2.41e9].map((bytes) =>
    size(bytes).replace("\u00a0", " "),
  );
  expect(words).toEqual(["0 MB", "8.4 MB", "96 MB", "999 MB", "1 GB", "2.4 GB"]);
});

test("of several recordings the one is known that is made now", () => {
  expect(running([recording("done"), recording("recording")])?.state).toBe("recording");
  expect(running([recording("finishing"), recording("done")])).toBeUndefined();
});

test("when a recording began is told by the clock, and by the day too when that is another", () => {
  const now = new Date(2026, 10, 22, 15, 0).getTime();
  const at = (day: number): number => new Date(2026, 10, day, 9, 5).getTime() * 1000;
  expect(began(at(22), now)).toMatch(/^0?9:05/);
  expect(began(at(21), now)).toMatch(/21.*9:05/);
});

test("a file is known by whose picture and sound it is", () => {
  const part = { file: "", start: 0, end: 0, bytes: 0 };
  expect(whose({ ...part, seat: "programme", name: "" })).toBe("Programme");
  expect(whose({ ...part, seat: "g1", name: "Ann" })).toBe("Ann");
});
