import { expect, test } from "vitest";
import { memory, setting } from "./pretend";

const NONCE = 7 * 2 ** 20;

test("a link says hello first, and acts only after the welcome", () => {
  const { link, last } = setting();
  link.start();
  link.act("s1", { type: "answer" }, 12);
  last().onopen?.(undefined as never);
  expect(last().heard).toEqual([{ op: "hello", token: "tok", v: 1 }]);
  last().welcome();
  expect(last().heard.find((said) => said.op === "act")).toEqual({
    op: "act",
    n: NONCE + 1,
    seg: "s1",
    do: { type: "answer" },
    pos: 12,
  });
});

test("what has no receipt is sent again after a reconnect, in order and with the same numbers", () => {
  const { link, time, last, seen } = setting();
  link.start();
  last().welcome();
  for (let i = 0; i < 4; i += 1) link.act("s1", { type: "answer" }, 0);
  last().say({ op: "got", n: NONCE + 2, seq: 9 });
  last().drop();
  expect(link.state).toBe("waiting");
  time.pass(300);
  last().welcome();
  expect(last().numbers).toEqual([3, 4]);
  expect(seen.recorded).toEqual([1, 2]);
});

test("what was done while the link was down is sent when it is up", () => {
  const { link, time, last } = setting();
  link.start();
  last().drop();
  link.act("s1", { type: "answer" }, 0);
  time.pass(300);
  last().welcome();
  expect(last().numbers).toEqual([1]);
});

test("a reload keeps the numbers and what has no receipt", () => {
  const keep = memory();
  const before = setting(keep);
  before.link.start();
  before.last().welcome();
  before.link.act("s1", { type: "answer" }, 0);
  before.link.act("s1", { type: "answer" }, 0);
  before.last().say({ op: "got", n: NONCE + 1, seq: 3 });
  const after = setting(keep);
  after.link.start();
  after.last().welcome();
  after.link.act("s1", { type: "answer" }, 0);
  expect(after.last().numbers).toEqual([2, 3]);
});

test("a refusal settles its action only", () => {
  const { link, last, seen, numbers } = setting();
  link.start();
  last().welcome();
  link.act("s1", { type: "answer" }, 0);
  link.act("s1", { type: "answer" }, 0);
  last().say({ op: "no", n: NONCE + 1, code: "trivia/late", why: "time was up" });
  expect(seen.refused).toEqual(["trivia/late"]);
  expect(numbers.pending.map((act) => act.n)).toEqual([NONCE + 2]);
});

test("a refusal after the receipt is still heard", () => {
  const { link, last, seen } = setting();
  link.start();
  last().welcome();
  link.act("s1", { type: "answer" }, 0);
  last().say({ op: "got", n: NONCE + 1, seq: 3 });
  last().say({ op: "no", n: NONCE + 1, code: "trivia/final", why: "your answer is final" });
  expect(seen.recorded).toEqual([1]);
  expect(seen.refused).toEqual(["trivia/final"]);
});

test("no more than the server takes are on their way at once", () => {
  const { link, last } = setting();
  link.start();
  last().welcome();
  for (let i = 0; i < 60; i += 1) link.act("s1", { type: "answer" }, 0);
  expect(last().numbers).toHaveLength(48);
  last().say({ op: "got", n: NONCE + 40, seq: 3 });
  expect(last().numbers).toHaveLength(60);
  expect(last().numbers).toEqual([...last().numbers].sort((a, b) => a - b));
});

test("each try waits longer than the one before, up to eight seconds", () => {
  const { link, time, wires } = setting();
  link.start();
  const waits: number[] = [];
  for (let i = 0; i < 10; i += 1) {
    const before = time.now;
    wires[wires.length - 1]?.drop();
    const count = wires.length;
    while (wires.length === count) time.pass(50);
    waits.push(time.now - before);
  }
  expect(waits.slice(0, 4)).toEqual([250, 400, 650, 1050]);
  expect(Math.max(...waits)).toBe(8000);
});

test("a connection on which nothing comes any more is given up", () => {
  const { link, time, last, seen } = setting();
  link.start();
  last().welcome();
  const silent = last();
  time.pass(8_100);
  expect(silent.closed).toBe(true);
  expect(seen.states).toContain("waiting");
});

test("answered pings keep a connection, and teach the clock", () => {
  const { link, time, last } = setting();
  link.start();
  last().welcome();
  for (let i = 0; i < 200; i += 1) {
    time.pass(100);
    for (const said of last().heard.splice(0)) {
      if (said.op === "ping") last().say({ op: "pong", t0: said.t0, t1: 5e15 + said.t0, t2: 5e15 + said.t0 });
    }
  }
  expect(link.state).toBe("live");
  expect(link.clock.now()).toBe(5e15 + time.now * 1000);
});

test("it reports at once after the welcome and every five seconds", () => {
  const { link, time, last } = setting();
  link.start();
  last().welcome();
  const answer = () => last().say({ op: "pong", t0: 0, t1: 0, t2: 0 });
  for (let i = 0; i < 11; i += 1) {
    time.pass(1_000);
    answer();
  }
  const reports = last().heard.filter((said) => said.op === "report");
  expect(reports).toHaveLength(3);
  expect(reports[0]).toEqual({ op: "report", delay: 150_000, door: "moq", frames: 3, error: 500 });
});

test("a fatal error ends it, unless it says to come back", () => {
  const { link, time, wires, last, seen } = setting();
  link.start();
  last().welcome();
  last().say({ op: "error", code: "show/moved", message: "", fatal: true, retry: true });
  last().drop();
  time.pass(300);
  expect(wires).toHaveLength(2);
  last().welcome();
  last().say({ op: "error", code: "show/banned", message: "", fatal: true });
  time.pass(60_000);
  expect(link.state).toBe("closed");
  expect(wires).toHaveLength(2);
  expect(seen.heard.at(-1)).toMatchObject({ code: "show/banned" });
});

test("a nudge tries again at once", () => {
  const { link, wires, last } = setting();
  link.start();
  last().drop();
  link.nudge();
  expect(wires).toHaveLength(2);
});

/** A server that answers pings at once by a clock that runs with the pretend world's, and the local clock that the link has. */
function answering(options: { asleep?: () => boolean } = {}) {
  const all = setting();
  const { link, time, last } = all;
  link.start();
  last().welcome();
  let pings = 0;
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 20) {
      time.pass(20);
      if (options.asleep?.()) continue;
      for (const said of last().heard.splice(0)) {
        if (said.op !== "ping") continue;
        pings += 1;
        const show = 1e15 + (time.now + time.slept) * 1000;
        last().say({ op: "pong", t0: said.t0, t1: show, t2: show });
      }
    }
  };
  return { ...all, pass, pings: () => pings, truth: () => 1e15 + (time.now + time.slept) * 1000 };
}

test("pings are quick at first, then every five seconds", () => {
  const { pass, pings } = answering();
  pass(2_000);
  expect(pings()).toBeGreaterThanOrEqual(10);
  const before = pings();
  pass(60_000);
  expect(pings() - before).toBeLessThanOrEqual(14);
});

test("after a sleep in which the local clock stood still, show time is right within 1.2 seconds", () => {
  const { link, time, pass, truth } = answering();
  pass(10_000);
  time.slept += 90_000;
  time.set += 90_000;
  pass(1_200);
  expect(Math.abs(link.clock.now() - truth())).toBeLessThan(21_000);
  expect(link.clock.now()).toBeGreaterThan(1e15 + 100e6);
});

test("a timer that comes late is a sleep too, and is answered by quick pings", () => {
  const { time, pass, pings, link, truth } = answering();
  pass(10_000);
  const before = pings();
  time.sleep(60_000);
  pass(1_200);
  expect(pings() - before).toBeGreaterThanOrEqual(10);
  expect(Math.abs(link.clock.now() - truth())).toBeLessThan(21_000);
});

test("a step of the device's wall clock moves show time by nothing", () => {
  const { link, time, pass, truth } = answering();
  pass(10_000);
  const before = link.clock.offset;
  time.set -= 3_600_000;
  pass(20);
  expect(link.clock.offset).toBe(before);
  pass(5_000);
  expect(Math.abs(link.clock.now() - truth())).toBeLessThan(21_000);
  expect(Math.abs(link.clock.offset - before)).toBeLessThan(1_000);
});

test("another network is measured at once", () => {
  const { link, pass, pings } = answering();
  pass(20_000);
  const before = pings();
  link.nudge();
  pass(1_000);
  expect(pings() - before).toBeGreaterThanOrEqual(9);
});
