import { expect, test } from "vitest";
import { keyOf, Outbox } from "../src/outbox";
import type { Choices, Mark } from "../src/wire";

const act = (n: number) => ({ op: "act", n, seg: "s1", do: {}, pos: 0 }) as const;
const mark = (value: number): Mark => ({ block: "mark", of: "q1", value });
const choices = (...labels: string[]): Choices => ({
  block: "choices",
  id: "q1",
  options: labels.map((label) => ({ label })),
});

test("a choice is seen at once, then confirmed by its receipt", () => {
  const outbox = new Outbox();
  outbox.put("k", 1, 2);
  expect(outbox.chosen("k", undefined)).toMatchObject({ value: 2, state: "sending" });
  outbox.recorded([act(1)], 10);
  expect(outbox.chosen("k", undefined)).toMatchObject({ value: 2, state: "sent" });
});

test("a refused choice falls back to the mark, with the reason", () => {
  const outbox = new Outbox();
  outbox.put("k", 1, 2);
  outbox.recorded([act(1)], 10);
  expect(outbox.refused(1, "too late")).toBe(true);
  expect(outbox.chosen("k", mark(0))).toMatchObject({ value: 0, state: "refused", why: "too late" });
});

test("the mark is the truth once it includes the action, and not before", () => {
  const outbox = new Outbox();
  outbox.put("k", 1, 2);
  outbox.recorded([act(1)], 10);
  outbox.seen(9);
  expect(outbox.chosen("k", mark(0)).value).toBe(2);
  outbox.seen(10);
  expect(outbox.chosen("k", mark(0)).value).toBe(0);
  expect(outbox.chosen("k", undefined)).toMatchObject({ value: null, state: "none" });
});

test("a verdict is shown beside the choice", () => {
  const outbox = new Outbox();
  expect(outbox.chosen("k", { ...mark(1), verdict: "right", note: "+950" })).toMatchObject({
    value: 1,
    verdict: "right",
    note: "+950",
  });
});

test("the refusal of something that no control sent is somebody else's", () => {
  expect(new Outbox().refused(4, "no")).toBe(false);
});

test("the same block with other options is another round", () => {
  expect(keyOf("s1", choices("A", "B"), 0)).not.toBe(keyOf("s1", choices("A", "C"), 0));
  expect(keyOf("s1", choices("A", "B"), 0)).toBe(keyOf("s1", choices("A", "B"), 3));
});
