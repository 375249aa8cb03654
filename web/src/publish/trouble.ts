/** What went wrong with a camera, a microphone or a screen: which sentence says so, and which says what to do about it. */
import type { Word } from "../strings";

export type Kind = "camera" | "microphone" | "screen";

export interface Trouble {
  kind: Kind;
  cause: Cause;
  /** What has happened, and what to do. */
  what: Word;
  hint: Word;
}

export type Cause =
  | "denied"
  | "dismissed"
  | "system"
  | "none"
  | "busy"
  | "unfit"
  | "unplugged"
  | "insecure"
  | "encoder"
  | "fault";

/** An error of getUserMedia, getDisplayMedia or an encoder (W3C Media Capture and Streams, section 10). */
export function troubleOf(kind: Kind, error: unknown, agent = navigator.userAgent): Trouble {
  return trouble(kind, cause(error), agent);
}

export function trouble(kind: Kind, cause: Cause, agent = navigator.userAgent): Trouble {
  return { kind, cause, what: `trouble.${cause}-${kind}` as Word, hint: hint(cause, agent) };
}

function cause(error: unknown): Cause {
  if (!globalThis.isSecureContext) return "insecure";
  const { name = "", message = "" } = (error ?? {}) as Partial<Error>;
  if (name === "NotAllowedError" && /dismiss/i.test(message)) return "dismissed";
  if (name === "NotAllowedError" && /system/i.test(message)) return "system";
  return CAUSES[name] ?? "fault";
}

const CAUSES: Record<string, Cause> = {
  NotAllowedError: "denied",
  PermissionDeniedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  DevicesNotFoundError: "none",
  NotReadableError: "busy",
  TrackStartError: "busy",
  AbortError: "busy",
  OverconstrainedError: "unfit",
  NotSupportedError: "encoder",
};

/** Where a browser keeps permissions differs; all else is the same in all of them. */
function hint(cause: Cause, agent: string): Word {
  if (cause !== "denied") return `trouble.do-${cause}`;
  const where = BROWSERS.find(([pattern]) => pattern.test(agent))?.[1] ?? "other";
  return `trouble.do-denied-${where}`;
}

const BROWSERS = [
  [/iPhone|iPad/, "ios"],
  [/Android/, "android"],
  [/Firefox/, "firefox"],
  [/Chrome|Chromium|Edg/, "chrome"],
  [/Safari/, "safari"],
] as const;
