import { expect, test } from "vitest";
import { Playhead } from "../src/playout/playhead";

const EPOCH = 1_700_000_000_000;
const FRAME = 1000 / 60;

function playing(target: number, need: number) {
  const head = new Playhead((local) => EPOCH + local);
  let now = 0;
  const run = (ms: number): number => {
    let widest = 0;
    for (const end = now + ms; now < end; ) {
      const before = head.at(now) - now;
      now += FRAME;
      head.move(now);
      widest = Math.max(widest, Math.abs(head.at(now) - now - before));
    }
    return widest;
  };
  head.move(0);
  head.want(target, need);
  head.jump();
  return { head, run, now: () => now };
}

test("who can keep up plays at the target", () => {
  const { head, now } = playing(500, 120);
  expect(head.lane).toBe("step");
  expect(head.at(now())).toBe(EPOCH - 500);
});

test("without a target everybody plays at what their network needs", () => {
  const { head } = playing(0, 120);
  expect(head.lane).toBe("own");
  expect(head.delay).toBe(120);
});

test("who cannot keep up plays in the late lane at what the network needs, up to its end", () => {
  expect(playing(300, 700).head.delay).toBe(700);
  expect(playing(300, 9_000).head.delay).toBe(1_800);
  expect(playing(300, 700).head.lane).toBe("late");
});

test("a new target is reached by running a little slower or faster, never by a jump", () => {
  const { head, run } = playing(500, 120);
  head.want(620, 120);
  expect(run(1_000)).toBeLessThan(FRAME * 0.051);
  expect(head.delay).toBeGreaterThan(500);
  run(2_000);
  expect(head.delay).toBeCloseTo(620, 6);
  head.want(300, 120);
  expect(run(10_000)).toBeLessThan(FRAME * 0.201);
  expect(head.delay).toBeCloseTo(300, 6);
});

test("the late lane is left only when the network has become good enough, and the other way round", () => {
  const { head } = playing(300, 340);
  expect(head.lane).toBe("step");
  head.want(300, 370);
  expect(head.lane).toBe("late");
  head.want(300, 310);
  expect(head.lane).toBe("late");
  head.want(300, 290);
  expect(head.lane).toBe("step");
});

test("a need that trembles does not move a delay of one's own", () => {
  const { head, run } = playing(0, 200);
  head.want(0, 225);
  run(5_000);
  expect(head.delay).toBe(200);
  head.want(0, 260);
  run(5_000);
  expect(head.delay).toBeCloseTo(260, 6);
});

test("a playhead that was left alone for long is where it should be at once when told so", () => {
  const { head } = playing(500, 120);
  head.want(900, 120);
  head.jump();
  expect(head.delay).toBe(900);
});
