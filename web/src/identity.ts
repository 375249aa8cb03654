/** Who one is on this device: the token of each show, the name used last, and the tab's own drawer. */
import type { ShowInfo } from "./wire";

/** What POST /api/join and GET /api/session answer. */
export interface Session {
  token: string;
  viewer: number;
  role: string;
  show: ShowInfo;
  link: string;
  relay: { url: string; fingerprint: string } | null;
  /** Where clock pings go by datagram. */
  clock: { url: string; fingerprint: string } | null;
  urls: { join: string };
}

/** What the API says when it refuses. `status` 0: it could not be reached. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** `get` and `set` that do without storage where the browser forbids it. */
export const memory = {
  get(key: string): string {
    try {
      return localStorage.getItem(`oncue.${key}`) ?? "";
    } catch {
      return "";
    }
  },
  set(key: string, value: string): void {
    try {
      localStorage.setItem(`oncue.${key}`, value);
    } catch {
      // Private modes forbid it; then a reload makes one a new person.
    }
  },
};

/** Into a show by its code; the same person as before on this device. */
export async function join(code: string, as: "audience" | "display"): Promise<Session> {
  const key = `${as === "display" ? "display" : "token"}.${code}`;
  const session = await ask<Session>("/api/join", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code, token: memory.get(key), as }),
  });
  memory.set(key, session.token);
  return session;
}

/** What the token of a host's or moderator's link is good for. */
export function session(token: string): Promise<Session> {
  return ask<Session>("/api/session", { headers: { Authorization: `Bearer ${token}` } });
}

/** The host's token: from the address, which it leaves at once, or as kept for this tab. */
export function hostToken(show: string): string {
  const key = `oncue.host.${show}`;
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(key, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return given ?? sessionStorage.getItem(key) ?? "";
}

/** A random number of 32 bits, above 0. */
export function draw(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] || 1;
}

/**
 * The name of this tab's drawer in sessionStorage. A duplicated tab comes with a copy of its drawer, whose numbers are taken:
 * a lock tells the two apart, and the copy gets a new drawer. Without locks (plain http) every tab keeps what it has.
 */
export async function drawer(show: string, viewer: number): Promise<string> {
  const key = `oncue.tab.${show}.${viewer}`;
  const name = sessionStorage.getItem(key) ?? `${key}.${draw()}`;
  const mine = (await holds(name)) ? name : `${key}.${draw()}`;
  if (mine !== name) await holds(mine);
  sessionStorage.setItem(key, mine);
  return mine;
}

/** Takes the lock `name` for as long as the page lives; false when another tab has it. A page that reloads lets go within moments. */
function holds(name: string): Promise<boolean> {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const held = (): Promise<never> => {
      resolve(true);
      return new Promise<never>(() => {});
    };
    navigator.locks.request(name, { signal: AbortSignal.timeout(400) }, held).catch(() => resolve(false));
  });
}

/** What the API answers. Throws a `Refusal`. */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch {
    throw new Refusal(0, "net/unreachable", "The server cannot be reached.");
  }
  const said = (await answer.json().catch(() => ({}))) as T & { code?: string; message?: string };
  if (answer.ok) return said;
  throw new Refusal(answer.status, said.code ?? "http/error", said.message ?? answer.statusText);
}
