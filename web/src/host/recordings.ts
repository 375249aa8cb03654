/** Recordings of a show over the host API: what there is, and saving it with progress. */
import { lang, t } from "../strings";
import { bearing, reached } from "./call";
import { nameOf } from "./stage-words";

/** A file of a recording: what somebody sent in one visit. Times in µs. */
export interface Part {
  file: string;
  seat: string;
  name: string;
  start: number;
  end: number;
  bytes: number;
}

export interface Recording {
  id: string;
  state: "recording" | "finishing" | "done" | "failed";
  why: string;
  start: number;
  end: number;
  public: boolean;
  parts: Part[];
  files: Record<string, number>;
  bytes: number;
}

/** Files from this size on are written to the disk as they come, where the browser can (bytes). */
const LARGE = 64e6;

/** Where what comes is put. */
interface Sink {
  write(piece: Uint8Array<ArrayBuffer>): Promise<void> | void;
  close(): Promise<void> | void;
  abort(): Promise<void> | void;
}

/**
 * Saves a file under `name`; `told` hears how many bytes have come, of how many. Throws `Refusal`, and an `AbortError` when it was
 * stopped.
 */
export async function save(
  { path, token, name, bytes }: { path: string; token: string; name: string; bytes: number },
  told: (bytes: number, all: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const sink = (bytes > LARGE && (await onDisk(name))) || inMemory(name);
  const answer = await reached(fetch(path, { headers: bearing(token), signal }));
  const all = Number(answer.headers.get("Content-Length")) || bytes;
  const reader = answer.body?.getReader();
  try {
    for (let come = 0, one = await reader?.read(); one && !one.done; one = await reader?.read()) {
      await sink.write(one.value);
      come += one.value.byteLength;
      told(come, all);
    }
  } catch (error) {
    await sink.abort();
    throw error;
  }
  await sink.close();
}

type Picks = {
  showSaveFilePicker?(of: { suggestedName: string }): Promise<{ createWritable(): Promise<Sink> }>;
};

/** A file that is chosen now (https://wicg.github.io/file-system-access/); undefined where the browser has none. */
async function onDisk(name: string): Promise<Sink | undefined> {
  const handle = await (window as Picks).showSaveFilePicker?.({ suggestedName: name });
  return handle?.createWritable();
}

function inMemory(name: string): Sink {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  return {
    write: (piece) => void pieces.push(piece),
    abort: () => {},
    close: () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob(pieces));
      link.download = name;
      link.click();
      // Some browsers read the file only after the click has been handled.
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    },
  };
}

/** A size as people read it: MB up to a thousand of them. */
export function size(bytes: number): string {
  const mb = bytes / 1e6;
  if (mb < 999.5) return t("unit.mb", { n: Number(mb.toFixed(mb < 10 ? 1 : 0)) });
  return t("unit.gb", { n: Number((mb / 1e3).toFixed(1)) });
}

/** Whose picture and sound a file is. */
export const whose = (part: Part): string => nameOf({ seat: part.seat, name: part.name });

/** The one that is made just now. */
export const running = (all: readonly Recording[]): Recording | undefined =>
  all.find((one) => one.state === "recording");

/** When it began, on this device's clock: the day too, unless that is today. */
export function began(us: number, now = Date.now()): string {
  const at = new Date(us / 1000);
  const time = { hour: "2-digit", minute: "2-digit" } as const;
  if (at.toDateString() === new Date(now).toDateString()) return at.toLocaleTimeString(lang, time);
  return at.toLocaleString(lang, { ...time, day: "numeric", month: "short" });
}
