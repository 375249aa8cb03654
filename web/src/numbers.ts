/**
 * The numbers of this tab's actions, and what has no receipt yet. Both outlive a reload: they are kept in sessionStorage.
 *
 * number = nonce · 2^20 + counter. (viewer, number) is the identity of an action, so what has no receipt may be sent again.
 */
import type { Act } from "./wire";

export type Keep = Pick<Storage, "getItem" | "setItem">;

const NONCE = 2 ** 20;

interface Kept {
  nonce: number;
  counter: number;
  pending: Act[];
}

export class Numbers {
  #kept: Kept;

  /** `key` names the tab's drawer in `keep`; `draw` gives a random 32-bit number above 0. */
  constructor(
    readonly keep: Keep,
    readonly key: string,
    draw: () => number,
  ) {
    this.#kept = read(keep.getItem(key)) ?? { nonce: draw(), counter: 0, pending: [] };
  }

  /** What has no receipt, oldest first. */
  get pending(): readonly Act[] {
    return this.#kept.pending;
  }

  /** A new action, numbered and kept until it is settled. */
  add(seg: string, action: unknown, pos: number): Act {
    this.#kept.counter += 1;
    const act: Act = { op: "act", n: this.#kept.nonce * NONCE + this.#kept.counter, seg, do: action, pos };
    this.#kept.pending.push(act);
    this.#save();
    return act;
  }

  /** All up to `n` is recorded; gives what was settled by it. */
  got(n: number): Act[] {
    return this.#drop((act) => act.n <= n);
  }

  /** `n` does not count. */
  no(n: number): Act[] {
    return this.#drop((act) => act.n === n);
  }

  #drop(settled: (act: Act) => boolean): Act[] {
    const gone = this.#kept.pending.filter(settled);
    if (gone.length > 0) {
      this.#kept.pending = this.#kept.pending.filter((act) => !settled(act));
      this.#save();
    }
    return gone;
  }

  #save(): void {
    try {
      this.keep.setItem(this.key, JSON.stringify(this.#kept));
    } catch {
      // A full or forbidden storage costs only the resend after a reload.
    }
  }
}

function read(text: string | null): Kept | undefined {
  try {
    const kept = JSON.parse(text ?? "null") as Kept | null;
    return kept && kept.nonce > 0 && kept.counter >= 0 && Array.isArray(kept.pending) ? kept : undefined;
  } catch {
    return undefined;
  }
}
