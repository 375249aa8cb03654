/** What a trial of the connection says, in words. */
import type { Uplink } from "../publish/door";
import type { Word } from "../strings";

export type Verdict = "trying" | "good" | "small" | "slow" | "none";

/** For so long it is tried before it is judged, and before it is given up (ms). */
const TRY = 3_000;
const GIVE_UP = 12_000;
/** A round trip with which one can talk (ms), and how much may wait to be sent (ms of it). */
const TALK = 600;
const BACKLOG = 1_000;

/** `tried`: for how long something has been sent (ms); `rtt` in ms. */
export function verdict(tried: number, rtt: number, uplink: Uplink): Verdict {
  const flows = uplink.connected && uplink.rate > 0;
  if (!flows) return tried > GIVE_UP ? "none" : "trying";
  if (tried < TRY) return "trying";
  if (rtt > TALK || uplink.backlog > BACKLOG) return "slow";
  return uplink.reduced ? "small" : "good";
}

export const SAID: Record<Verdict, Word> = {
  trying: "stage.net-trying",
  good: "stage.net-good",
  small: "stage.net-small",
  slow: "stage.net-slow",
  none: "stage.net-none",
};

/** Whether one can go on stage with it. */
export const enough = (said: Verdict): boolean => said === "good" || said === "small";
