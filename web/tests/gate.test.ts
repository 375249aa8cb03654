import { expect, test } from "vitest";
import { Gate } from "../src/gate";
import { Time } from "./pretend";

function setting(behind: number | null) {
  const time = new Time();
  const seen: number[] = [];
  const view = { behind };
  const position = (): number => (view.behind === null ? 0 : time.now * 1000 - view.behind * 1000);
  const gate = new Gate<{ epoch: number; seq: number; at: number }>(
    { position, now: () => time.now, later: time.later },
    (one) => seen.push(one.seq),
  );
  time.pass(10_000);
  return { time, seen, gate, view };
}

test("a scene waits until the picture on this screen has reached it", () => {
  const { time, seen, gate } = setting(400);
  gate.put({ epoch: 1, seq: 1, at: time.now * 1000 });
  time.pass(390);
  expect(seen).toEqual([]);
  time.pass(20);
  expect(seen).toEqual([1]);
});

test("without a picture it is shown at once", () => {
  const { time, seen, gate } = setting(null);
  gate.put({ epoch: 1, seq: 1, at: time.now * 1000 });
  expect(seen).toEqual([1]);
});

test("a picture that stands still holds up nothing for more than eight seconds", () => {
  const { time, seen, gate, view } = setting(60_000);
  view.behind = 60_000;
  gate.put({ epoch: 1, seq: 1, at: time.now * 1000 });
  time.pass(7_990);
  expect(seen).toEqual([]);
  time.pass(20);
  expect(seen).toEqual([1]);
});

test("when the picture is lost what waits is shown", () => {
  const { time, seen, gate, view } = setting(400);
  gate.put({ epoch: 1, seq: 1, at: time.now * 1000 });
  view.behind = null;
  gate.pass();
  expect(seen).toEqual([1]);
});

test("an older scene than the newest is dropped, and a new owner's is not", () => {
  const { seen, gate } = setting(null);
  gate.put({ epoch: 1, seq: 5, at: 0 });
  gate.put({ epoch: 1, seq: 4, at: 0 });
  gate.put({ epoch: 2, seq: 3, at: 0 });
  gate.put({ epoch: 1, seq: 9, at: 0 });
  expect(seen).toEqual([5, 3]);
});

test("of several that are due only the last is shown", () => {
  const { time, seen, gate } = setting(400);
  const at = time.now * 1000;
  gate.put({ epoch: 1, seq: 1, at });
  gate.put({ epoch: 1, seq: 2, at });
  gate.put({ epoch: 1, seq: 3, at: at + 900_000 });
  time.pass(500);
  expect(seen).toEqual([2]);
  time.pass(1_000);
  expect(seen).toEqual([2, 3]);
});

test("who comes late sees the scene of their picture, not the newest one", () => {
  const { time, seen, gate } = setting(700);
  const now = time.now * 1000;
  gate.put({ epoch: 1, seq: 9, at: now - 100_000 });
  gate.put({ epoch: 1, seq: 5, at: now - 5_000_000 });
  gate.put({ epoch: 1, seq: 7, at: now - 1_000_000 });
  expect(seen).toEqual([5, 7]);
  time.pass(590);
  expect(seen).toEqual([5, 7]);
  time.pass(20);
  expect(seen).toEqual([5, 7, 9]);
});

test("what comes by both ways is shown once", () => {
  const { time, seen, gate } = setting(400);
  const scene = { epoch: 1, seq: 1, at: time.now * 1000 };
  gate.put(scene);
  gate.put({ ...scene });
  time.pass(1_000);
  expect(seen).toEqual([1]);
});
