/** When a page that came in by a WebSocket goes over to WebTransport: it looks now and then, and when its network changes. */

/** When it is looked for the first time (ms), how much rarer each time, and how rarely at the most. */
const FIRST = 20_000;
const RARER = 2;
const RAREST = 600_000;

/** What of the page, the browser and its network this needs. */
export interface Outside {
  /** Whether the page came in by the WebSocket. */
  around(): boolean;
  /** Whether it must stay where it is: it is on stage. */
  busy(): boolean;
  /** Whether WebTransport gets through by now. */
  reachable(): Promise<boolean>;
  /** Goes over. */
  over(): void;
  /** Calls `work` after `ms`; what it gives takes that back. */
  later(ms: number, work: () => void): () => void;
}

export class Way {
  #next = FIRST;
  #looking = false;
  #stop = (): void => {};

  constructor(readonly outside: Outside) {}

  /** The page has a connection, or has lost it. */
  wait(): void {
    this.#stop();
    if (!this.outside.around()) return;
    this.#stop = this.outside.later(this.#next, () => void this.look());
    this.#next = Math.min(this.#next * RARER, RAREST);
  }

  /** The network may be another. */
  async look(): Promise<void> {
    if (this.#looking || !this.outside.around()) return;
    this.#looking = true;
    const through = !this.outside.busy() && (await this.outside.reachable());
    this.#looking = false;
    if (through && this.outside.around() && !this.outside.busy()) this.outside.over();
    else this.wait();
  }

  close(): void {
    this.#stop();
  }
}
