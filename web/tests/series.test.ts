import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "../src/pages/series";
import type { OqSeries } from "../src/pages/series";

const BOARD = {
  title: "Spring cup",
  shows: ["k3v9mq2xta", "b2c3d4e5f6"],
  players: 4,
  standings: [
    { place: 1, name: "Ana", score: 30 },
    { place: 2, name: "Bo", score: 20 },
    { place: 2, name: "•••", score: 20 },
    { place: 4, name: "•••", score: 7.5 },
  ],
};

let page: OqSeries;
let answer: { status: number; body: unknown };

beforeEach(() => {
  history.replaceState(null, "", "/series/q7m2zk3v9x");
  vi.stubGlobal("fetch", (path: string) => {
    expect(path).toBe("/api/series/q7m2zk3v9x/leaderboard?limit=20");
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status }));
  });
  page = document.createElement("oq-series") as OqSeries;
});

afterEach(() => {
  page.remove();
  vi.unstubAllGlobals();
});

async function shown(): Promise<ShadowRoot> {
  await page.load();
  await page.updateComplete;
  return page.renderRoot as ShadowRoot;
}

test("the leaderboard of a series shows places, and who is hidden more than once", async () => {
  answer = { status: 200, body: BOARD };
  document.body.append(page);
  const root = await shown();
  expect(root.querySelector("h1")?.textContent).toBe("Spring cup");
  const board = root.querySelector("oq-leaderboard");
  await (board as unknown as { updateComplete: Promise<unknown> }).updateComplete;
  const names = [...(board?.shadowRoot?.querySelectorAll("[data-testid=leaderboard-name]") ?? [])];
  expect(names.map((one) => one.textContent)).toEqual(["Ana", "Bo", "•••", "•••"]);
  expect(document.title).toBe("Spring cup · oncue");
});

test("one that is not public says so, and what was there stays while the server is away", async () => {
  answer = { status: 200, body: BOARD };
  document.body.append(page);
  await shown();
  answer = { status: 503, body: { code: "db/unreachable", message: "away" } };
  expect((await shown()).querySelector("h1")?.textContent).toBe("Spring cup");
  answer = { status: 404, body: { code: "series/unknown", message: "none" } };
  expect((await shown()).querySelector("[role=alert]")?.textContent).toContain("not public");
});
