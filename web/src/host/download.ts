import { Refusal } from "../identity";

/** Has the browser save what the API answers, under the name that it gives. Throws `Refusal`. */
export async function download(path: string, token: string): Promise<void> {
  const answer = await fetch(path, { headers: { Authorization: `Bearer ${token}` } }).catch(() => undefined);
  if (!answer) throw new Refusal(0, "net/unreachable", "the server cannot be reached");
  if (!answer.ok) {
    const said = (await answer.json().catch(() => ({}))) as { code?: string; message?: string };
    throw new Refusal(answer.status, said.code ?? "http/error", said.message ?? answer.statusText);
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = named(answer.headers.get("Content-Disposition") ?? "") || (path.split("/").pop() ?? "");
  link.click();
  // Some browsers read the file only after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const named = (disposition: string): string => /filename="([^"]+)"/.exec(disposition)?.[1] ?? "";
