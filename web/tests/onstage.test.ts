import { expect, test } from "vitest";
import type { Uplink } from "../src/publish/door";
import { enough, verdict } from "../src/stage/network";

const UP: Uplink = { connected: true, rate: 800_000, backlog: 0, reduced: false };

test("a connection is tried for three seconds before it is called good", () => {
  expect(verdict(1_000, 40, UP)).toBe("trying");
  expect(verdict(3_000, 40, UP)).toBe("good");
});

test("a small picture is enough, slow answers or a backlog are not", () => {
  expect(verdict(5_000, 40, { ...UP, reduced: true })).toBe("small");
  expect(verdict(5_000, 900, UP)).toBe("slow");
  expect(verdict(5_000, 40, { ...UP, backlog: 2_000 })).toBe("slow");
  expect(enough("small")).toBe(true);
  expect(enough("slow")).toBe(false);
});

test("where nothing gets through that is said after twelve seconds", () => {
  expect(verdict(6_000, 40, { ...UP, connected: false })).toBe("trying");
  expect(verdict(13_000, 40, { ...UP, connected: false })).toBe("none");
});
