import { afterEach, expect, test } from "vitest";
import { spoken } from "../src/blocks/countdown";
import { english, readCode, speak, suggestion, t } from "../src/strings";
import { readTyped } from "../src/ui/schema-form";

afterEach(() => speak("en", english));

test("a code is read as it was meant", () => {
  expect(readCode(" qk7-xp2 ")).toBe("QK7XP2");
  expect(readCode("0o1il2")).toBe("QQJJJ2");
  expect(readCode("QK7XP2ZZZ")).toBe("QK7XP2");
});

test("words take values and know one from many", () => {
  expect(t("people", { n: 1 })).toBe("1 person");
  expect(t("people", { n: 1200 })).toBe("1,200 people");
});

test("another language replaces what it has, turns the page, and falls back to English", () => {
  speak("ar", { "join.go": "انضم" });
  expect(t("join.go")).toBe("انضم");
  expect(t("choice.send")).toBe("Send");
  expect(document.documentElement.dir).toBe("rtl");
});

test("a suggested name fits the field", () => {
  for (let i = 0; i < 50; i += 1) expect(suggestion().length).toBeLessThanOrEqual(24);
});

test("time left is said at half, at ten and at five seconds and at the end, and at no other moment", () => {
  const said: [number, string][] = [];
  for (let left = 29; left >= 0; left -= 1) {
    const words = spoken(left, left + 1, 30);
    if (words) said.push([left, words]);
  }
  expect(said).toEqual([
    [15, "Half the time is over"],
    [10, "10 seconds left"],
    [5, "5 seconds left"],
    [0, "Time is up"],
  ]);
});

test("a reader who comes late is not told what is over", () => {
  expect(spoken(7, 7, 30)).toBe("");
});

test("fields of a form become what the schema asks for", () => {
  expect(readTyped({ type: "integer" }, "3", false)).toBe(3);
  expect(readTyped({ type: "boolean" }, "on", true)).toBe(true);
  expect(readTyped({ enum: ["all", "half"] }, "half", false)).toBe("half");
  expect(readTyped({ type: "array", items: { type: "string" } }, "a\n\n b ", false)).toEqual(["a", "b"]);
  expect(readTyped({ type: "object" }, '{"a":1}', false)).toEqual({ a: 1 });
  expect(readTyped({ type: "integer", default: 2 }, "", false)).toBeUndefined();
});
