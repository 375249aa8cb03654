/** What figures of the clock and of a judged round are in words. Pure; times come in µs. */
import { lang, say, t } from "../strings";
import type { AmendmentInfo, PlayoutInfo, RoundInfo } from "../wire";

/** Seconds with two digits behind the point. */
export const seconds = (us: number): string =>
  t("unit.s", {
    n: (us / 1e6).toLocaleString(lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
  });

/** A short span in ms, a longer one in seconds. */
export const span = (us: number): string =>
  us < 999_500 ? t("unit.ms", { n: Math.round(us / 1000) }) : seconds(us);

/** A name whose direction does not turn what stands around it (Unicode isolates). */
export const isolated = (name: string): string => `\u2068${name}\u2069`;

export const titleOf = (round: RoundInfo): string => round.title || t("round.number", { n: round.number });

export const keyOf = (round: RoundInfo): string => `${round.segment}/${round.number}`;

/** A judged round in one line. */
export function report(round: RoundInfo): string {
  const said = [answers(round), winner(round), robbed(round)].filter(Boolean).join("; ");
  return `${said.charAt(0).toLocaleUpperCase(lang)}${said.slice(1)}.`;
}

function answers({ answers: n, clipped = 0, clipped_most = 0, delay_most = 0 }: RoundInfo): string {
  if (n === 0) return t("round.nobody");
  if (delay_most === 0) return t("round.arrived", { n });
  if (clipped === 0) return t("round.all", { n });
  const values = { n, exact: n - clipped, most: span(clipped_most) };
  return t(values.exact > 0 ? "round.some" : "round.cut", values);
}

function winner({ winner: won, by_receipt: other }: RoundInfo): string {
  if (!won) return "";
  if (!other || other.viewer === won.viewer) return t("round.same", { name: isolated(won.name) });
  return t("round.other", { name: isolated(won.name), other: isolated(other.name) });
}

const robbed = ({ robbed: n = 0 }: RoundInfo): string => (n ? t("round.robbed", { n }) : "");

/** The lines of a round that is opened: what it is, and the figure. */
export function details(round: RoundInfo): [string, string][] {
  const { gained = 0, lost = 0, clipped = 0 } = round;
  return [
    [t("round.won"), place(round.winner)],
    [t("round.won-receipt"), place(round.by_receipt)],
    [t("round.right"), t("dial.of", { n: round.right, all: round.answers })],
    [t("round.late"), say(round.robbed ?? 0)],
    [t("round.places"), gained || lost ? t("round.moved", { gained, lost }) : t("round.unmoved")],
    [
      t("round.clipped"),
      clipped
        ? t("round.clipped-by", { n: clipped, most: span(round.clipped_most ?? 0) })
        : t("round.clipped-none"),
    ],
    [t("round.cap"), span(round.cap ?? 0)],
  ];
}

const place = (who: RoundInfo["winner"]): string =>
  who ? t("round.place", { name: isolated(who.name), age: span(who.age) }) : t("round.no-one");

/** How far apart the pictures were. */
export function spread(round: RoundInfo): string {
  const { delay_least = 0, delay_most = 0, delay_p50 = 0, delay_p95 = 0 } = round;
  const least = span(delay_least);
  if (span(delay_most) === least) return t("round.one-delay", { least });
  return t("round.spread", { least, most: span(delay_most), p50: span(delay_p50), p95: span(delay_p95) });
}

export const LANES = ["in_step", "late", "beyond", "blind"] as const;

/** How many viewers there are, with a picture or without. */
export const everybody = (playout: PlayoutInfo): number =>
  LANES.reduce((sum, lane) => sum + (playout[lane] ?? 0), 0);

export function shareWords(share: number): string {
  if (share >= 1) return t("dial.all");
  return share <= 0.5 ? t("dial.half") : t("dial.share", { n: Math.round(share * 100) });
}

/** Whether an amendment is about this round: both change the same part of the segment's settings. */
export function concerns(amendment: AmendmentInfo, round: RoundInfo): boolean {
  if (amendment.segment !== round.segment) return false;
  const parts = new Set((round.rulings ?? []).flatMap((ruling) => Object.keys(ruling.changes).map(part)));
  return Object.keys(amendment.changes).some((pointer) => parts.has(part(pointer)));
}

/** `/questions/2/right` → `/questions/2`; what has no more than one token stays. */
const part = (pointer: string): string => pointer.replace(/(.)\/[^/]*$/, "$1");

/** Changes as they are, for when nobody remembers what the ruling was called. */
export const plainly = (changes: Record<string, unknown>): string =>
  Object.entries(changes)
    .map(([pointer, value]) => `${pointer.slice(1).replaceAll("/", " ")}: ${JSON.stringify(value)}`)
    .join(", ");

/** Time of day on this device. */
export const clockTime = (us: number): string =>
  new Date(us / 1000).toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit" });
