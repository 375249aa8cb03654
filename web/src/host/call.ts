/** The host API, asked with the host's own token. */
import { Refusal } from "../identity";

export const bearing = (token: string): HeadersInit => ({ Authorization: `Bearer ${token}` });

/** Asks the host API. Throws `Refusal`. */
export async function call<T>(path: string, token: string, method = "GET", body?: unknown): Promise<T> {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { ...bearing(token), "Content-Type": "application/json" };
  const answer = await reached(fetch(path, { method, headers, ...json }));
  return (await answer.json()) as T;
}

/** The answer, if it is one. Throws `Refusal`, and an `AbortError` when it was stopped. */
export async function reached(asked: Promise<Response>): Promise<Response> {
  const answer = await asked.catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal(0, "net/unreachable", "the server cannot be reached");
  });
  if (answer.ok) return answer;
  const said = (await answer.json().catch(() => ({}))) as { code?: string; message?: string };
  throw new Refusal(answer.status, said.code ?? "http/error", said.message ?? answer.statusText);
}
