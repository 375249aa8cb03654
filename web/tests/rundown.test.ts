import { afterEach, expect, test } from "vitest";
import "../src/host/rundown";
import type { OqRundown } from "../src/host/rundown";
import type { Store } from "../src/store";
import type { DeskMsg } from "../src/wire";

const LINE = { id: "s1", format: "trivia", title: "Trivia", state: "live" };
let rundown: OqRundown;

afterEach(() => rundown.remove());

async function shown(line: object, sent: unknown[] = []): Promise<ShadowRoot> {
  rundown = document.createElement("oq-rundown") as OqRundown;
  const store = { act: (segment: string, action: unknown) => sent.push([segment, action]) };
  const desk = { state: "open", segment: "s1", rundown: [line] } as unknown as DeskMsg;
  Object.assign(rundown, { store: store as unknown as Store, desk });
  document.body.append(rundown);
  await rundown.updateComplete;
  return rundown.renderRoot as ShadowRoot;
}

test("a version is named where there is more than one, and an upgrade offered where it can be", async () => {
  const plain = await shown(LINE);
  expect(plain.textContent).not.toContain("trivia 1");
  rundown.remove();
  const older = await shown({ ...LINE, upgrade: "2" });
  expect(older.textContent).toContain("trivia 1");
  expect(older.querySelector('[data-testid="upgrade-s1"]')?.textContent).toBe("Upgrade Trivia to 2");
});

test("an upgrade is asked for twice, and then sent", async () => {
  const sent: unknown[] = [];
  const root = await shown({ ...LINE, version: "2", upgrade: "3" }, sent);
  let go: (() => void) | undefined;
  rundown.addEventListener("oq-ask", (event) => {
    go = (event as CustomEvent<{ then: () => void }>).detail.then;
  });
  root.querySelector<HTMLElement>('[data-testid="upgrade-s1"]')?.click();
  expect(sent).toEqual([]);
  go?.();
  expect(sent).toEqual([["", { type: "upgrade", segment: "s1", version: "3" }]]);
});
