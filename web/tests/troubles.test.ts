import { afterEach, beforeEach, expect, test } from "vitest";
import "../src/host/costs";
import { type OqCosts, span } from "../src/host/costs";
import "../src/host/troubles";
import type { OqTroubles } from "../src/host/troubles";
import type { Store } from "../src/store";
import type { DeskMsg } from "../src/wire";

const DESK = {
  segment: "s1",
  rundown: [{ id: "s1", format: "trivia", title: "Trivia", state: "live" }],
  costs: [
    { segment: "s1", name: "reveal", count: 3, mean: 12_000, most: 31_000, over: 1 },
    { segment: "s1", name: "answer", count: 900, mean: 4, most: 120 },
    { segment: "s0", name: "vote", count: 5, mean: 2, most: 3 },
  ],
} as unknown as DeskMsg;
const STOPPED = {
  ...DESK,
  costs: [],
  rundown: [
    {
      id: "s1",
      format: "trivia",
      title: "Trivia",
      state: "live",
      suspended: true,
      problem: "answer: it was still at it after 250 ms",
    },
  ],
} as unknown as DeskMsg;

let troubles: OqTroubles;
let costs: OqCosts;
let sent: unknown[];

beforeEach(() => {
  sent = [];
  troubles = document.createElement("oq-troubles") as OqTroubles;
  costs = document.createElement("oq-costs") as OqCosts;
  troubles.store = {
    act: (segment: string, action: unknown) => sent.push([segment, action]),
  } as unknown as Store;
  document.body.append(troubles, costs);
});

afterEach(() => {
  troubles.remove();
  costs.remove();
});

const find = (name: string) => troubles.renderRoot.querySelector<HTMLElement>(`[data-testid="${name}"]`);
const show = async (desk: Partial<DeskMsg>, staff = true): Promise<void> => {
  Object.assign(troubles, { desk, staff });
  costs.desk = desk as DeskMsg;
  await Promise.all([troubles.updateComplete, costs.updateComplete]);
};

test("a show without troubles says nothing of them", async () => {
  await show({ ...DESK, costs: [] });
  expect(troubles.hidden).toBe(true);
  expect(costs.renderRoot.querySelector("details")).toBeNull();
});

test("a host lets a suspended part go on, and reads why it was", async () => {
  await show(STOPPED);
  expect(find("suspended-s1")?.textContent).toContain("still at it after 250 ms");
  find("resume-s1")?.click();
  expect(sent).toEqual([["", { type: "resume", segment: "s1" }]]);
});

test("a moderator reads it and has no button for it", async () => {
  await show(STOPPED, false);
  expect(find("suspended-s1")).not.toBeNull();
  expect(find("resume-s1")).toBeNull();
});

test("what takes too long is named, and what does not is in the panel alone", async () => {
  await show(DESK);
  expect(find("slow")?.textContent).toContain("reveal: up to 31\u00a0ms");
  expect(find("slow")?.textContent).not.toContain("answer");
  const rows = [...costs.renderRoot.querySelectorAll("tbody tr")].map((one) => one.textContent);
  expect(rows).toEqual(["reveal312\u00a0ms31\u00a0ms", "answer9004\u00a0µs120\u00a0µs"]);
});

test("spans have as many digits as say something", () => {
  expect([span(4), span(1500), span(250_000)]).toEqual(["4\u00a0µs", "1.5\u00a0ms", "250\u00a0ms"]);
});

test("a part whose version is gone says with which it began, once, and what there is", async () => {
  const problem = "format 'trivia' is not here in version 2, but in 3";
  const gone = { id: "s1", format: "trivia", title: "Trivia", state: "live", version: "2", problem };
  const fault = { segment: "s1", format: "trivia", action: "version", where: "", message: problem, at: 1 };
  await show({ ...DESK, costs: [], rundown: [gone], faults: [fault] } as Partial<DeskMsg>);
  expect(find("missing-s1")?.textContent).toContain("It began with trivia 2");
  expect(find("missing-s1")?.textContent).toContain(problem);
  expect(find("faults")).toBeNull();
  await show({ ...DESK, costs: [], rundown: [{ ...gone, state: "done" }] } as Partial<DeskMsg>);
  expect(find("missing-s1")).toBeNull();
});
