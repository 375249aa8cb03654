/**
 * Clock pings by datagram (WebTransport), while the link's round trips say that the network loses packets: TCP sends a lost ping again,
 * late, and all that follows waits behind it. They teach the same clock. See media/quic.py for what is said.
 */
import type { Clock } from "./clock";

export interface Door {
  url: string;
  fingerprint: string;
}

/** What is needed of a WebTransport. */
export interface Channel {
  send(data: Uint8Array): void;
  close(): void;
}

export interface Outside {
  /** Opens a channel. `heard` is called for each datagram, `over` once when it is closed or could not be opened. */
  channel(door: Door, heard: (data: Uint8Array) => void, over: () => void): Channel;
  later(ms: number, work: () => void): () => void;
}

/** How often it is looked whether datagrams are needed; with them a ping is sent each time. */
const LOOK_MS = 500;
/** After a channel that could not be opened or was lost. */
const AGAIN_MS = 30_000;

export class Datagrams {
  /** Answers that have come. */
  heard = 0;
  #channel: Channel | undefined;
  #stop: (() => void) | undefined;

  constructor(
    readonly door: Door | null,
    readonly clock: Clock,
    readonly outside: Outside,
  ) {}

  get open(): boolean {
    return this.#channel !== undefined;
  }

  start(): void {
    if (this.door) this.#wait(LOOK_MS);
  }

  stop(): void {
    this.#stop?.();
    this.#close();
  }

  #wait(ms: number): void {
    this.#stop?.();
    this.#stop = this.outside.later(ms, () => this.#look());
  }

  #look(): void {
    this.#wait(LOOK_MS);
    if (!this.#channel && this.clock.lossy) this.#open();
    else if (this.#channel && this.clock.calm) this.#close();
    if (this.#channel) this.#ping(this.#channel);
  }

  #open(): void {
    if (!this.door) return;
    let over = false;
    const channel = this.outside.channel(
      this.door,
      (data) => this.#hear(data),
      () => {
        over = true;
        if (this.#channel !== channel) return;
        this.#channel = undefined;
        this.#wait(AGAIN_MS);
      },
    );
    if (!over) this.#channel = channel;
  }

  #close(): void {
    const channel = this.#channel;
    this.#channel = undefined;
    channel?.close();
  }

  #ping(channel: Channel): void {
    const data = new DataView(new ArrayBuffer(8));
    data.setFloat64(0, this.clock.local());
    channel.send(new Uint8Array(data.buffer));
  }

  #hear(answer: Uint8Array): void {
    const came = this.clock.local();
    if (answer.byteLength !== 24) return;
    const data = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
    this.heard += 1;
    const [t1, t2] = [Number(data.getBigInt64(8)), Number(data.getBigInt64(16))];
    this.clock.add(data.getFloat64(0), t1, t2, came, true);
  }
}

/** A WebTransport as a channel. A session is told to the server by its URL, which has the token. */
export function transport(door: Door, heard: (data: Uint8Array) => void, over: () => void): Channel {
  const value = Uint8Array.from(door.fingerprint.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const session = new WebTransport(door.url, { serverCertificateHashes: [{ algorithm: "sha-256", value }] });
  const ready = session.ready.then(() => session.datagrams.writable.getWriter());
  session.closed.then(over, over);
  session.ready.then(
    () => read(session, heard),
    () => {},
  );
  return {
    send: (data) => {
      ready.then((writer) => writer.write(data)).catch(() => {});
    },
    close: () => {
      // Before it is ready a close is lost in some browsers.
      ready.then(() => session.close()).catch(() => {});
    },
  };
}

async function read(session: WebTransport, heard: (data: Uint8Array) => void): Promise<void> {
  const reader = session.datagrams.readable.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      heard(value);
    }
  } catch {
    // The session is over, which `closed` tells.
  }
}
