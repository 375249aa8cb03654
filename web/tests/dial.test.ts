import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { OqDial } from "../src/host/dial";
import "../src/host/dial";
import { type Chosen, NOTHING } from "../src/outbox";
import type { Store } from "../src/store";
import type { PlayoutInfo } from "../src/wire";

const PLAYOUT: PlayoutInfo = {
  share: 0.95,
  fixed: 0,
  target: 1_240_000,
  last: 2_000_000,
  in_step: 9,
  late: 1,
};

let sent: Record<string, unknown>[];
let dial: OqDial;

beforeEach(async () => {
  vi.useFakeTimers();
  sent = [];
  dial = document.createElement("oq-dial") as OqDial;
  dial.store = {
    choose: (_key: string, _seg: string, action: Record<string, unknown>) => sent.push(action),
  } as unknown as Store;
  dial.playout = PLAYOUT;
  document.body.append(dial);
  await dial.updateComplete;
});

afterEach(() => {
  dial.remove();
  vi.useRealTimers();
});

const see = <T extends HTMLElement>(name: string): T => {
  const found = dial.renderRoot.querySelector<T>(`[data-testid="${name}"]`);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};
const note = (): string => see("dial-note").textContent ?? "";
const thumb = (place: number, ...events: string[]): void => {
  const slider = see<HTMLInputElement>("dial-share");
  slider.value = String(place);
  for (const event of events) slider.dispatchEvent(new Event(event));
};
const hears = async (of: Partial<OqDial>): Promise<void> => {
  Object.assign(dial, of);
  await dial.updateComplete;
};

test("nothing is sent while the thumb is held, and one change when it is let go", async () => {
  thumb(6, "input");
  thumb(8, "input");
  vi.advanceTimersByTime(5_000);
  expect(sent).toEqual([]);
  thumb(8, "change");
  vi.advanceTimersByTime(5_000);
  expect(sent).toEqual([{ type: "dial", share: 0.98, fixed: 0 }]);
});

test("presses in a row are one change, and none when they end where they began", () => {
  thumb(6, "input", "change");
  thumb(5, "input", "change");
  vi.advanceTimersByTime(5_000);
  expect(sent).toEqual([]);
  thumb(6, "input", "change");
  thumb(7, "input", "change");
  vi.advanceTimersByTime(5_000);
  expect(sent).toEqual([{ type: "dial", share: 0.97, fixed: 0 }]);
});

test("what comes from the show does not move the thumb that is held", async () => {
  thumb(8, "input");
  await hears({ playout: { ...PLAYOUT, in_step: 10 } });
  expect(see<HTMLInputElement>("dial-share").value).toBe("8");
});

test("a change is shown until the show says the same, and taken back when it is refused", async () => {
  thumb(8, "input", "change");
  vi.advanceTimersByTime(5_000);
  await hears({ told: { ...NOTHING, state: "sent" } satisfies Chosen });
  expect(see<HTMLInputElement>("dial-share").value).toBe("8");
  await hears({ told: { ...NOTHING, state: "refused", why: "the show is over" } });
  expect(see<HTMLInputElement>("dial-share").value).toBe("5");
  expect(dial.renderRoot.querySelector(".note")?.textContent).toContain("the show is over");
});

test("what is set while an earlier change is under way is sent as well", async () => {
  thumb(10, "input", "change");
  vi.advanceTimersByTime(5_000);
  see<HTMLInputElement>("dial-fixed").dispatchEvent(new Event("change"));
  await hears({ playout: { ...PLAYOUT, share: 1 } });
  vi.advanceTimersByTime(5_000);
  expect(sent[1]).toEqual({ type: "dial", share: 1, fixed: 1_240_000 });
  thumb(10, "input", "change");
  vi.advanceTimersByTime(5_000);
  expect(sent[2]).toEqual({ type: "dial", share: 1, fixed: 0 });
  await hears({ playout: { ...PLAYOUT, share: 1, fixed: 1_240_000 } });
  await hears({ playout: { ...PLAYOUT, share: 1 } });
  expect(see<HTMLInputElement>("dial-auto").checked).toBe(true);
  expect(note()).toContain("The same for everybody");
});

test("a change waits while a question is open, until the delay has followed", async () => {
  await hears({ live: true });
  expect(note()).toContain("The same for everybody");
  await hears({ playout: { ...PLAYOUT, share: 1 } });
  expect(note()).toContain("until this question is judged");
  await hears({ live: false });
  expect(note()).toContain("The same for everybody");
  await hears({ live: true, playout: { ...PLAYOUT, share: 1, fixed: 900_000 } });
  await hears({ playout: { ...PLAYOUT, share: 1, fixed: 900_000, in_step: 12 } });
  expect(note()).toContain("until this question is judged");
  await hears({ live: false });
  expect(note()).toContain("within seconds");
  await hears({ playout: { ...PLAYOUT, share: 1, fixed: 900_000, target: 900_000 } });
  expect(note()).toContain("The same for everybody");
});

test("to fix the delay begins with what it is, and what is no delay is not taken", async () => {
  see<HTMLInputElement>("dial-fixed").dispatchEvent(new Event("change"));
  vi.advanceTimersByTime(5_000);
  expect(sent).toEqual([{ type: "dial", share: 0.95, fixed: 1_240_000 }]);
  await hears({ playout: { ...PLAYOUT, fixed: 1_240_000 } });
  const ms = see<HTMLInputElement>("dial-ms");
  ms.value = "9000";
  ms.dispatchEvent(new Event("change"));
  vi.advanceTimersByTime(5_000);
  expect(ms.value).toBe("1240");
  expect(sent.length).toBe(1);
});
