/** The stage in words and in order. Pure; times are show time in µs. */
import { lang, t, type Word } from "../strings";
import type { DeskStage, GuestInfo, SeatInfo, StageInfo } from "../wire";
import { isolated } from "./words";

/** An invitation holds as long (µs). */
export const ANSWER = 60e6;
/** What was on air so long ago can still be dumped, before it is shown (µs). */
export const DUMP = 10e6;

/** The programme's seat. */
export const PROGRAMME = "programme";

export const seatOf = (stage: StageInfo | undefined, viewer: number): SeatInfo | undefined =>
  stage?.seats?.find((seat) => seat.viewer === viewer && viewer !== 0);

export const nameOf = (seat: SeatInfo): string =>
  seat.seat === PROGRAMME ? t("crew.programme") : seat.name || t("crew.somebody");

/** Strips keep their places: who is known stays, who has gone leaves, who is new comes to the end, the longest there first. */
export function placed(known: readonly number[], guests: readonly GuestInfo[]): number[] {
  const here = new Set(guests.map((one) => one.viewer));
  const fresh = guests
    .filter((one) => !known.includes(one.viewer))
    .sort((a, b) => (a.since ?? 0) - (b.since ?? 0) || a.viewer - b.viewer);
  return [...known.filter((one) => here.has(one)), ...fresh.map((one) => one.viewer)];
}

/** Whether their connection is lost, and they are waited for. `heard`: their picture or sound has come before. */
export function away(guest: GuestInfo, seat: SeatInfo | undefined, heard: boolean): boolean {
  if (guest.state === "live") return seat ? Boolean(seat.away) : heard && !guest.present;
  return guest.state === "green" && heard && !guest.present;
}

/** How a strip says where somebody is. */
export function stateWord(guest: GuestInfo): Word {
  if (guest.state === "green") return guest.present ? "crew.is-ready" : "crew.is-coming";
  if (guest.state === "invited") return "crew.is-invited";
  if (guest.state === "check") return guest.check ? "crew.is-checked" : "crew.is-check";
  return guest.state === "live" ? "crew.is-live" : "crew.is-queue";
}

/** `2:05`, with hours from the first on: `1:00:07`. */
export function clockWords(us: number): string {
  const all = Math.max(0, Math.floor(us / 1e6));
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (n: number): string => n.toLocaleString(lang, { minimumIntegerDigits: 2, useGrouping: false });
  const one = (n: number): string => n.toLocaleString(lang, { useGrouping: false });
  return h ? `${one(h)}:${two(m)}:${two(s)}` : `${one(m)}:${two(s)}`;
}

/** How long somebody has waited, no finer than it matters. */
export function waited(since: number, now: number): string {
  const minutes = Math.floor(Math.max(0, now - since) / 60e6);
  if (!since || !now || minutes < 1) return t("crew.just-now");
  if (minutes < 60) return t("crew.minutes", { n: minutes });
  return t("crew.hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** What is left (s) of a span that began at `since`; undefined while show time is not known. */
export function left(since: number, span: number, now: number): number | undefined {
  return since && now ? Math.max(0, Math.ceil((since + span - now) / 1e6)) : undefined;
}

/** Who hears this guest, and whom they hear: a few words each. `me` is the viewer at this console. */
export function hearing(guest: GuestInfo, me: number, names: (viewer: number) => string): string[] {
  const said = [guest.state === "live" ? live(guest) : t("crew.hears-none")];
  const talkers = guest.talkers ?? [];
  const others = talkers.filter((one) => one !== me).map((one) => isolated(names(one)));
  if (talkers.includes(me)) said.push(t("crew.hears-you"));
  if (others.length) said.push(t("crew.hears-others", { names: listed(others) }));
  return said;
}

const live = (guest: GuestInfo): string => {
  if (guest.muted) return t("crew.muted-all");
  return t(guest.microphone === false ? "crew.silent-all" : "crew.hears-all");
};

const listed = (names: string[]): string => new Intl.ListFormat(lang).format(names);

export interface Counts {
  live: number;
  ready: number;
  coming: number;
  hands: number;
}

export function counts(stage: DeskStage | undefined): Counts {
  const guests = stage?.guests ?? [];
  const ready = guests.filter((one) => one.state === "green").length;
  const on = guests.filter((one) => one.state === "live").length;
  const hands = Math.max(stage?.waiting ?? 0, stage?.queue?.length ?? 0);
  return { live: on, ready, coming: guests.length - ready - on, hands };
}

/** What is on air: a scene does not say it while it is the programme alone. */
export function onAir(stage: StageInfo | undefined, programme: unknown): StageInfo {
  return stage ?? { seats: programme ? [{ seat: PROGRAMME }] : [] };
}

/** The panel in one line. */
export function summary({ live: on, ready, coming, hands }: Counts): string {
  const parts: [number, Word][] = [
    [on, "crew.n-live"],
    [ready, "crew.n-ready"],
    [coming, "crew.n-coming"],
    [hands, "crew.n-hands"],
  ];
  const said = parts.filter(([n]) => n > 0).map(([n, word]) => t(word, { n }));
  return said.length ? said.join(" · ") : t("crew.nobody");
}

/** What has happened on the way to the stage between two desks, as sentences for those who do not see it. */
export function news(before: DeskStage | undefined, after: DeskStage | undefined): string[] {
  if (!before || !after) return [];
  const [was, is] = [known(before), known(after)];
  const hands = (after.queue ?? []).filter((one) => !was.has(one.viewer));
  const gone = (before.guests ?? []).filter((one) => !is.has(one.viewer));
  return [
    ...hands.map((one) => tell("crew.news-hand", one)),
    ...(after.guests ?? []).flatMap((one) => {
      const word = turned(was.get(one.viewer), one);
      return word ? [tell(word, one)] : [];
    }),
    ...gone.map((one) => tell("crew.news-off", one)),
  ];
}

const known = ({ queue = [], guests = [] }: DeskStage): Map<number, GuestInfo> =>
  new Map([...queue, ...guests].map((one) => [one.viewer, one]));

const tell = (word: Word, one: GuestInfo): string => t(word, { name: one.name || t("crew.somebody") });

const TURNS: Record<string, Word> = {
  invited: "crew.news-invited",
  check: "crew.news-check",
  green: "crew.news-green",
  live: "crew.news-live",
};

function turned(was: GuestInfo | undefined, is: GuestInfo): Word | undefined {
  if (was?.state !== is.state) return TURNS[is.state];
  if ((is.state !== "live" && is.state !== "green") || Boolean(was?.present) === Boolean(is.present))
    return undefined;
  return is.present ? "crew.news-back" : "crew.news-away";
}
