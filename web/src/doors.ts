/**
 * How the page comes to the picture: MoQ over WebTransport, or over a WebSocket where UDP does not get through. Both are tried,
 * WebTransport first; whichever stands wins.
 */
import { Net } from "@moq/watch";
import type { Session } from "./identity";
import { Way } from "./way";
import { world } from "./world";

/** By which way the picture comes. `whep` is for browsers without the one or the other. */
export type Door = "moq" | "tcp" | "whep";
type Relay = NonNullable<Session["relay"]>;

/** So much later than WebTransport the WebSocket is tried (ms): a hand-shake of two round trips gets through on most networks before. */
const HEAD_START = 300;
const AGAIN = { initial: 500, multiplier: 2, max: 5_000, timeout: 0 };
/** How long WebTransport may take (ms) to be worth going over. */
const QUICK = 3_000;

export interface Doors {
  readonly connection: Net.Connection.Reload;
  /** Undefined while there is no connection. */
  readonly door: Door | undefined;
  close(): void;
}

/** Connects, and stays connected. While `busy` the page goes over to no other way. */
export function connect(relay: Relay, busy: () => boolean): Doors {
  const connection = new Net.Connection.Reload({ enabled: true, url: new URL(relay.url), delay: AGAIN });
  connection.webtransport = { serverCertificateHashes: hashes(relay) };
  connection.websocket = { enabled: true, url: behind(relay), delay: HEAD_START };
  const around = (): boolean => connection.established.peek()?.transport === "websocket";
  let turns = 0;
  const over = (): void => {
    // Another URL is another connection, for which the WebSocket that won the last time is not preferred.
    const url = new URL(relay.url);
    url.searchParams.set("turn", String(++turns));
    connection.url.set(url);
  };
  const reachable = (): Promise<boolean> => through(relay);
  const way = new Way({ around, busy, reachable, over, later: world.later });
  const ends = [connection.established.subscribe(() => way.wait()), moved(() => void way.look())];
  return {
    connection,
    get door() {
      return connection.established.peek() && (around() ? "tcp" : "moq");
    },
    close() {
      for (const end of ends) end();
      way.close();
      connection.close();
    },
  };
}

/** The WebSocket beside the link, on the pages' own host, with the token that the relay's URL has. */
export function behind(relay: Relay, page = location.href): URL {
  return new URL(`/moq${new URL(relay.url).search}`, page);
}

/** Calls `work` whenever the network is another. */
function moved(work: () => void): () => void {
  const network = (navigator as { connection?: EventTarget }).connection;
  window.addEventListener("online", work);
  network?.addEventListener("change", work);
  return () => {
    window.removeEventListener("online", work);
    network?.removeEventListener("change", work);
  };
}

/** Whether WebTransport gets through to the relay. */
async function through(relay: Relay): Promise<boolean> {
  if (!("WebTransport" in window)) return false;
  const probe = new WebTransport(relay.url, { serverCertificateHashes: hashes(relay) });
  probe.closed.catch(() => {});
  const late = new Promise<boolean>((resolve) => world.later(QUICK, () => resolve(false)));
  const ready = probe.ready.then(
    () => true,
    () => false,
  );
  const found = await Promise.race([ready, late]);
  try {
    probe.close();
  } catch {
    // It never stood.
  }
  return found;
}

function hashes(relay: Relay): { algorithm: "sha-256"; value: Uint8Array<ArrayBuffer> }[] {
  const value = Uint8Array.from(relay.fingerprint.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return [{ algorithm: "sha-256", value }];
}
