/**
 * What was pressed on the stage panel, from the press until the desk shows it. Each control has a key in the store's outbox;
 * one guest has three: their way, mute and talk.
 */
import type { Outbox } from "../outbox";
import type { Store } from "../store";
import type { GuestInfo } from "../wire";

export interface StageAction extends Record<string, unknown> {
  type: string;
  viewer?: number;
  on?: boolean | number;
}

/** `doing` is what was sent and has not come yet; `why` why it does not count. */
export interface Press {
  doing: StageAction | undefined;
  why: string;
}

export const STILL: Press = { doing: undefined, why: "" };

/** A refusal is read by then (ms). */
export const READ = 8_000;

const OWN: Record<string, string> = { mute: "mute", talk: "talk" };

export const keyFor = (action: StageAction): string =>
  `stage.${action.viewer ?? ""}.${OWN[action.type] ?? "way"}`;

/** Sends it for the show itself. */
export function press(store: Store, action: StageAction, key = keyFor(action)): void {
  store.choose(key, "", action, JSON.stringify(action));
}

/** What has become of the press on `key`; the desk reflects the log up to `seq`. */
export function pressOf(outbox: Outbox, key: string, seq: number): Press {
  const { state, value, why } = outbox.chosen(key, undefined);
  if (state === "refused") return { doing: undefined, why };
  if (typeof value !== "string" || !outbox.waits(key, seq)) return STILL;
  return { doing: JSON.parse(value) as StageAction, why: "" };
}

/** The first of several that has something to say. */
export const first = (...all: Press[]): Press =>
  all.find((one) => one.why) ?? all.find((one) => one.doing) ?? STILL;

const ENDS: Record<string, string> = {
  invite: "invited",
  "put-live": "live",
  "back-to-green": "green",
};

/** Whether the desk shows already what was pressed. `guest`: undefined when they are not on the way any more. */
export function came(action: StageAction, guest: GuestInfo | undefined): boolean {
  if (!guest) return true;
  if (action.type === "mute") return Boolean(guest.muted) === action.on;
  if (action.type === "put-live" && action["main"]) return false;
  return ENDS[action.type] === guest.state;
}

/** The press on one guest, as their strip shows it. */
export function guestPress(
  outbox: Outbox,
  guest: GuestInfo,
  kind: "way" | "mute" | "talk",
  seq: number,
): Press {
  const told = pressOf(outbox, `stage.${guest.viewer}.${kind}`, seq);
  return told.doing && came(told.doing, guest) ? STILL : told;
}
