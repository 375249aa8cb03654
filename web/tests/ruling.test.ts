import { afterEach, beforeEach, expect, test } from "vitest";
import type { OqRuling } from "../src/host/ruling";
import "../src/host/ruling";
import { NOTHING } from "../src/outbox";
import type { Store } from "../src/store";
import type { AmendmentInfo, RoundInfo } from "../src/wire";

const ROUND: RoundInfo = {
  segment: "s1",
  number: 1,
  title: "Which planet?",
  opened: 0,
  span: 20e6,
  answers: 2,
  right: 1,
  rulings: [
    { title: "Right: Mars", changes: { "/questions/0/right": 0 } },
    { title: "Does not count", changes: { "/questions/0/void": true } },
  ],
};
const MADE: AmendmentInfo = {
  segment: "s1",
  why: "It froze.",
  by: 7,
  at: 0,
  changes: { "/questions/0/void": true },
};

let sent: Record<string, unknown>[];
let ruling: OqRuling;

beforeEach(async () => {
  sent = [];
  ruling = document.createElement("oq-ruling") as OqRuling;
  ruling.store = {
    session: { viewer: 7 },
    choose: (_key: string, _seg: string, action: Record<string, unknown>) => sent.push(action),
  } as unknown as Store;
  document.body.append(ruling);
  ruling.ask(ROUND);
  await ruling.updateComplete;
});

afterEach(() => ruling.remove());

const see = <T extends HTMLElement>(name: string): T => {
  const found = ruling.renderRoot.querySelector<T>(`[data-testid="${name}"]`);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};
const open = (): boolean => see<HTMLDialogElement>("ruling-dialog").open;
const problem = (): string => see("ruling-problem").textContent ?? "";

async function rule(pick: boolean, why: string): Promise<void> {
  if (pick) see("ruling-choice-1").dispatchEvent(new Event("change"));
  const text = see<HTMLTextAreaElement>("ruling-why");
  text.value = why;
  text.dispatchEvent(new Event("input"));
  await ruling.updateComplete;
  ruling.renderRoot.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
  await ruling.updateComplete;
}

const hears = async (of: Partial<OqRuling>): Promise<void> => {
  Object.assign(ruling, of);
  await ruling.updateComplete;
};

test("a ruling needs a choice and a reason", async () => {
  await rule(false, "It froze.");
  expect(problem()).toBe("Choose what counts.");
  await rule(true, "   ");
  expect(problem()).toBe("Please fill this in.");
  expect(sent).toEqual([]);
});

test("it is open until the show has taken it, and is sent once however often one presses", async () => {
  await rule(true, " It froze. ");
  await rule(true, " It froze. ");
  expect(sent).toEqual([
    { type: "amend", segment: "s1", changes: { "/questions/0/void": true }, why: "It froze." },
  ]);
  await hears({ told: { ...NOTHING, state: "sent" }, amendments: [{ ...MADE, by: 8 }] });
  expect(open()).toBe(true);
  expect(see("ruling-go").textContent).toBe("Counting again…");
  await hears({ amendments: [{ ...MADE, by: 8 }, MADE] });
  expect(open()).toBe(false);
});

test("a refusal is told where one ruled, and one may rule again", async () => {
  await rule(true, "It froze.");
  await hears({ told: { ...NOTHING, state: "refused", why: "it cannot be judged again" } });
  expect(problem()).toContain("it cannot be judged again");
  expect(open()).toBe(true);
  await rule(true, "It froze.");
  expect(sent.length).toBe(2);
  expect(problem()).toBe("");
});

test("the reason is there again for the same round, and not for another", async () => {
  await rule(true, "It froze.");
  await hears({ told: { ...NOTHING, state: "refused", why: "no" } });
  see<HTMLDialogElement>("ruling-dialog").close();
  ruling.ask(ROUND);
  await ruling.updateComplete;
  expect(see<HTMLTextAreaElement>("ruling-why").value).toBe("It froze.");
  expect(problem()).toBe("");
  see<HTMLDialogElement>("ruling-dialog").close();
  ruling.ask({ ...ROUND, number: 2 });
  await ruling.updateComplete;
  expect(see<HTMLTextAreaElement>("ruling-why").value).toBe("");
});
