import { expect, test } from "vitest";
import { PROGRAMME } from "../src/seats/cast";
import { fit, kindOf, mainOf, type Plan, plan } from "../src/seats/layout";
import { initials } from "../src/seats/tiles";

const guests = (n: number): string[] => Array.from({ length: n }, (_, i) => `g${i + 1}`);
const areas = ({ places }: Plan): Record<string, string> =>
  Object.fromEntries(places.map(({ seat, area }) => [seat, area]));

test("what auto comes down to", () => {
  expect(kindOf("auto", [PROGRAMME], "")).toBe("full");
  expect(kindOf("auto", ["g1"], "")).toBe("full");
  expect(kindOf("auto", [PROGRAMME, "g1"], "")).toBe("spotlight");
  expect(kindOf("auto", guests(2), "")).toBe("side");
  expect(kindOf("auto", guests(3), "")).toBe("grid");
  expect(kindOf("auto", guests(3), "g2")).toBe("spotlight");
  expect(kindOf("what is this", guests(3), "")).toBe("grid");
});

test("one seat is full whatever the layout", () => {
  for (const layout of ["auto", "grid", "spotlight", "side", "pip"])
    expect(plan(layout, ["g1"], "", false).kind).toBe("full");
});

test("side by side is for three at most", () => {
  expect(kindOf("side", guests(3), "")).toBe("side");
  expect(kindOf("side", guests(4), "")).toBe("grid");
});

test("the large place is the host's choice, else the programme's or the first's", () => {
  expect(mainOf("spotlight", guests(3), "g3")).toBe("g3");
  expect(mainOf("spotlight", ["g1", PROGRAMME], "")).toBe("g1");
  expect(mainOf("auto", ["g1", PROGRAMME], "")).toBe(PROGRAMME);
  expect(mainOf("pip", guests(2), "gone")).toBe("g1");
});

test("the last row of a grid is in the middle", () => {
  expect(areas(plan("grid", guests(3), "", false))).toEqual({
    g1: "1 / 1 / 2 / 3",
    g2: "1 / 3 / 2 / 5",
    g3: "2 / 2 / 3 / 4",
  });
  expect(areas(plan("grid", guests(5), "", false))["g4"]).toBe("2 / 2 / 3 / 4");
});

test("every layout gives each of twelve seats one place", () => {
  for (const layout of ["auto", "grid", "spotlight", "side", "pip"])
    for (let n = 1; n <= 12; n += 1) {
      const { places } = plan(layout, guests(n), "", n % 2 === 0);
      expect(new Set(places.map((one) => one.seat)).size).toBe(n);
      expect(new Set(places.map((one) => one.area)).size).toBe(n);
    }
});

test("the large tile comes first, the others keep their order", () => {
  const { places, rows } = plan("spotlight", ["g1", PROGRAMME, "g2"], PROGRAMME, false);
  expect(places.map((one) => one.seat)).toEqual([PROGRAMME, "g1", "g2"]);
  expect(places[0]).toEqual({ seat: PROGRAMME, area: "1 / 1 / 3 / 2", main: true });
  expect(rows).toBe("repeat(2, minmax(0, 1fr))");
});

test("small pictures have wider tiles beside the large one", () => {
  expect(plan("auto", [PROGRAMME, "g1"], "", true).columns).toContain("70fr");
  expect(plan("auto", [PROGRAMME, "g1"], "", false).columns).toContain("75fr");
});

test("a face fills its tile unless most of it would be cut off; what must be seen whole is whole", () => {
  const wide = { width: 640, height: 360 };
  expect(fit(wide, { width: 200, height: 225 }, false)).toBe("cover");
  expect(fit({ width: 360, height: 640 }, wide, false)).toBe("contain");
  expect(fit(wide, { width: 200, height: 225 }, true)).toBe("contain");
  expect(fit({ width: 0, height: 0 }, wide, false)).toBe("contain");
});

test("initials are those of the first and the last word, in any script", () => {
  expect(initials("Grace Brewster Hopper")).toBe("GH");
  expect(initials("ada")).toBe("A");
  expect(initials("")).toBe("");
  expect(initials("žofie 🙂")).toBe("Ž🙂");
});
