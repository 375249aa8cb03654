/**
 * What was chosen in the controls on this screen, from the press to the receipt: shown at once, confirmed or taken back.
 *
 * The private scene's `Mark` is the truth. A choice of ours covers it until the show has folded the action.
 */
import type { Act, AnyBlock, Mark } from "./wire";

export type Value = number | number[] | string | null;

export interface Chosen {
  value: Value;
  /** `sent`: it is recorded; `refused`: it does not count, and `why`. */
  state: "none" | "sending" | "sent" | "refused";
  why: string;
  verdict: "" | "right" | "wrong";
  note: string;
}

interface Sent {
  n: number;
  value: Value;
  state: "sending" | "sent" | "refused";
  why: string;
  /** The log sequence that includes it; 0: not known yet. */
  seq: number;
}

export const NOTHING: Chosen = { value: null, state: "none", why: "", verdict: "", note: "" };

export class Outbox {
  #sent = new Map<string, Sent>();

  /** The control of `key` sent `value` as action `n`. */
  put(key: string, n: number, value: Value): void {
    this.#sent.set(key, { n, value, state: "sending", why: "", seq: 0 });
  }

  recorded(acts: Act[], seq: number): void {
    const numbers = new Set(acts.map((act) => act.n));
    for (const sent of this.#sent.values()) {
      if (numbers.has(sent.n) && sent.state === "sending") Object.assign(sent, { state: "sent", seq });
    }
  }

  /** Action `n` does not count; false when no control has sent it. */
  refused(n: number, why: string): boolean {
    const sent = [...this.#sent.values()].find((one) => one.n === n);
    if (sent) Object.assign(sent, { state: "refused", why });
    return sent !== undefined;
  }

  /** A private scene that reflects the log up to `seq` is seen: what it includes is no longer ours to say. */
  seen(seq: number): void {
    for (const [key, sent] of this.#sent)
      if (sent.state === "sent" && sent.seq <= seq) this.#sent.delete(key);
  }

  /** Whether what `key` sent is on its way: not refused, and not in what reflects the log up to `seq`. */
  waits(key: string, seq: number): boolean {
    const sent = this.#sent.get(key);
    return sent?.state === "sending" || (sent?.state === "sent" && sent.seq > seq);
  }

  /** Nothing is to be said of `key` any more. */
  forget(key: string): void {
    this.#sent.delete(key);
  }

  /** What a control of `key` shows, given the viewer's mark on it. */
  chosen(key: string, mark: Mark | undefined): Chosen {
    const sent = this.#sent.get(key);
    const told = mark
      ? { value: mark.value ?? null, verdict: mark.verdict ?? "", note: mark.note ?? "" }
      : { value: null, verdict: "" as const, note: "" };
    if (!sent) return { ...NOTHING, ...told, state: mark ? "sent" : "none" };
    if (sent.state === "refused") return { ...told, state: "refused", why: sent.why };
    return { ...told, value: sent.value, state: sent.state, why: "" };
  }
}

/** Names a control, and its round: the same id with other options is another question. */
export function keyOf(segment: string, block: AnyBlock, place: number): string {
  const options = "options" in block ? block.options.map((option) => option.label) : [];
  return JSON.stringify([segment, block.block, block.id || place, options]);
}
