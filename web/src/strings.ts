/**
 * All words of the interface, in one place. Another language is another table of the same keys, loaded when it is needed.
 *
 * `{name}` stands for a value. A key with `|one` is used instead of the plain one when `n` is one in the language.
 */

export const english = {
  "app.tagline": "Live shows that you are part of.",
  "code.label": "Enter the show's code",
  "code.hint": "Six letters and digits, on the big screen or in your invitation.",
  "code.go": "Go",
  "code.short": "A code has six characters.",
  "code.unknown": "There is no show with this code. Look again: it is on the screen.",
  "join.title": "What should we call you?",
  "join.label": "Your name in this show",
  "join.go": "Join",
  "join.going": "Joining…",
  "join.empty": "Please enter a name.",
  "join.wait": "Join to take part",
  "me.rename": "Change name",
  "me.save": "Save",
  "me.cancel": "Cancel",
  "me.status": "You",
  people: "{n} people",
  "people|one": "{n} person",
  "link.connecting": "Connecting…",
  "link.waiting": "Reconnecting…",
  "link.live": "Connected",
  "link.closed": "Disconnected",
  "over.title": "You are not in the show any more",
  "over.again": "Join again",
  "over.home": "Enter another code",
  "over.unreachable": "The server cannot be reached. We keep trying.",
  "door.none": "This browser cannot show the live picture. You can take part all the same.",
  "door.connecting": "The picture comes in a moment",
  "door.stalled": "The picture is held up",
  "door.waiting": "The picture is interrupted. It comes back by itself.",
  "sound.on": "Turn sound on",
  "sound.off": "Mute",
  picture: "Live picture",
  "choice.most": "Choose up to {n}",
  "choice.least": "Choose at least {n}",
  "choice.send": "Send",
  "choice.change": "You can change your choice",
  "choice.final": "Locked in",
  "choice.sending": "Sending…",
  "choice.sent": "Your choice is in",
  "choice.option": "Option {letter}: {label}",
  "choice.yours": "your choice",
  "choice.right": "right",
  "choice.wrong": "wrong",
  "choice.answer": "right answer",
  "choice.group": "Choices",
  "verdict.right": "Right!",
  "verdict.wrong": "Not this time",
  votes: "{n} votes",
  "votes|one": "{n} vote",
  "rating.of": "{n} of {steps}",
  "rating.group": "Rating",
  "rating.average": "Average {n}",
  "ranking.up": "Move {label} up",
  "ranking.down": "Move {label} down",
  "ranking.send": "Send this order",
  "ranking.group": "Put in order, best first",
  "ranking.now": "{label} is now number {n}",
  "form.required": "Please fill this in.",
  "form.optional": "optional",
  "form.yes": "Yes",
  "form.add": "Add",
  "form.remove": "Remove",
  "form.send": "Send",
  "count.label": "Time left",
  "count.left": "{n} seconds left",
  "count.left|one": "{n} second left",
  "count.half": "Half the time is over",
  "count.over": "Time is up",
  "board.players": "{n} players",
  "board.players|one": "{n} player",
  "board.up": "up {n}",
  "board.down": "down {n}",
  "board.you": "you",
  "board.score": "Score",
  "board.label": "Leaderboard",
  "words.label": "Words",
  "words.said": "{text}, said {n} times",
  "words.said|one": "{text}, said once",
  "bars.label": "Result",
  "said.options": "{n} options",
  "said.options|one": "{n} option",
  refused: "That did not count: {why}",
  "custom.missing": "This part needs {element}, which is not installed.",
  "screen.join": "Join in",
  "screen.code": "Code",
  "screen.qr": "QR code for {url}",
  "host.console": "Host console",
  "host.public": "On the screens now",
  "host.desk": "Only you see this",
  "host.nothing": "Nothing to do right now",
  "host.wait": "One moment…",
  "host.actions": "More",
  "host.rundown": "Rundown",
  "host.empty": "The rundown is empty.",
  "host.start": "Start",
  "host.start-of": "Start {title}",
  "host.arrange": "Arrange",
  "host.arranged": "Done",
  "host.up": "Move {title} up",
  "host.down": "Move {title} down",
  "host.finish": "Finish the segment",
  "host.close": "End the show",
  "host.sure": "Really?",
  "host.yes": "Yes, do it",
  "host.no": "No",
  "host.sure-start": "This finishes what is live now.",
  "host.sure-finish": "The segment is over for everybody.",
  "host.sure-close": "The show ends for everybody. It cannot be opened again.",
  "host.sure-remove": "It is taken out of the rundown.",
  "host.sure-kick": "{name} is put off, and may come back.",
  "host.sure-ban": "{name} is put off for good.",
  "host.remove": "Remove {title}",
  "host.join": "Let people in",
  "host.copy": "Copy link",
  "host.copied": "Link copied",
  "host.screen": "Open big screen",
  "host.people": "People",
  "host.nobody": "Nobody has joined yet.",
  "host.menu": "Actions for {name}",
  "host.hide": "Hide name",
  "host.show-again": "Show name again",
  "host.kick": "Put off",
  "host.ban": "Ban",
  "host.faults": "Faults",
  "host.fault": "{format}, {action}: {where}",
  "host.health": "Connection",
  "host.rtt": "clock ± {n} ms",
  "host.delay": "picture {n} s behind",
  "host.token": "This page needs the host link, as it was given out when the show was made.",
  "host.closed": "The show is over.",
  "unit.s": "{n}\u00a0s",
  "unit.ms": "{n}\u00a0ms",
  "dial.title": "In step",
  "dial.of": "{n} of {all}",
  "dial.unknown": "Not measured yet",
  "dial.behind": "behind what happens on stage",
  "dial.agreed": "The same for everybody in step.",
  "dial.nobody": "As soon as pictures play, this shows who keeps up.",
  "dial.sending": "Sending…",
  "dial.waits": "Waits until this question is judged.",
  "dial.follows": "The delay follows within seconds.",
  "dial.people": "How the audience keeps up",
  "dial.in_step": "in step",
  "dial.late": "in the late lane",
  "dial.beyond": "too far behind",
  "dial.blind": "without picture",
  "dial.way": "How the delay is set",
  "dial.auto": "Automatic",
  "dial.fixed": "Fixed",
  "dial.slider": "From fast to together",
  "dial.fast": "Fast",
  "dial.most": "Most",
  "dial.together": "Together",
  "dial.half": "Half of the audience in step",
  "dial.share": "{n} of 100 in step",
  "dial.all": "Everybody in step",
  "dial.ms": "Delay in ms",
  "dial.less": "100 ms less",
  "dial.more": "100 ms more",
  "dial.hint": "From {least} to {most} ms, for every picture.",
  "dial.figures": "What they would need",
  "dial.need-p50": "Half of them",
  "dial.need-p95": "95 of 100",
  "dial.need-most": "The slowest",
  "dial.last": "The late lane that is waited for",
  "dial.error": "Clocks are right within",
  "round.title": "Judged rounds",
  "round.none":
    "Nothing has been judged yet. After the first round you see here how fair it was, and can rule on it.",
  "round.number": "Round {n}",
  "round.void": "does not count",
  "round.ruled": "ruled",
  "round.nobody": "nobody answered",
  "round.all": "{n} answers, all judged on the viewer's own picture",
  "round.all|one": "{n} answer, judged on the viewer's own picture",
  "round.some": "{n} answers, {exact} judged on the viewer's own picture and the others within {most} of it",
  "round.arrived": "{n} answers, judged by when they came, for want of a picture",
  "round.arrived|one": "{n} answer, judged by when it came, for want of a picture",
  "round.cut": "{n} answers, judged within {most} of what the viewers saw",
  "round.cut|one": "{n} answer, judged within {most} of what the viewer saw",
  "round.same": "{name} was first, by receipt too",
  "round.other": "{name} was first, by receipt {other} would have been",
  "round.robbed": "{n} answers would have come too late by receipt",
  "round.robbed|one": "{n} answer would have come too late by receipt",
  "round.won": "First on the viewers' pictures",
  "round.won-receipt": "First by receipt",
  "round.place": "{name}, after {age}",
  "round.no-one": "nobody",
  "round.right": "Counted as right",
  "round.delays": "Delay of the pictures",
  "round.spread": "{least} to {most}; half up to {p50}, 95 of 100 up to {p95}",
  "round.one-delay": "{least} on all",
  "round.late": "Too late by receipt",
  "round.places": "Places by receipt",
  "round.moved": "{gained} better, {lost} worse",
  "round.unmoved": "the same for all",
  "round.clipped": "Cut back",
  "round.clipped-by": "{n} by up to {most}",
  "round.clipped-none": "none",
  "round.cap": "Most that a cheat could have gained",
  "round.csv": "Save as CSV",
  "round.csv-of": "Save {title} as CSV",
  "round.csv-failed": "The file could not be had: {why}",
  "round.more": "Show all {n}",
  "round.fewer": "Show fewer",
  "round.rule": "Rule…",
  "round.rule-of": "Rule on {title}",
  "ruling.title": "Rule on this round",
  "ruling.what": "What counts",
  "ruling.why": "Why",
  "ruling.why-hint": "Kept in the show's record.",
  "ruling.pick": "Choose what counts.",
  "ruling.effect": "Scores of all are counted again from the log. Everybody sees the new ones.",
  "ruling.go": "Rule",
  "ruling.cancel": "Cancel",
  "ruling.sending": "Sending…",
  "ruling.counting": "Counting again…",
  "ruling.refused": "It was not accepted: {why}",
  "ruling.done": "It is ruled: {title}. The scores were counted again.",
  "ruling.list": "Rulings",
  "ruling.by-you": "you",
  "ruling.by-other": "another host",
  "ruling.by": "{when}, {who}",
  "state.ready": "ready",
  "state.live": "live",
  "state.done": "done",
  "state.hidden": "hidden",
  "state.kicked": "put off",
  "state.banned": "banned",
} as const;

export type Word = keyof typeof english;

type Table = Partial<Record<string, string>>;

let table: Table = english;
let plural = new Intl.PluralRules("en");
export let lang = "en";

/** Languages written from right to left. */
const RTL = ["ar", "fa", "he", "ur"];

/** The words in the language of this page; numbers are written as it writes them. */
export function t(word: Word, values: Record<string, string | number> = {}): string {
  const n = values["n"];
  const one = typeof n === "number" && plural.select(n) === "one" ? `${word}|one` : word;
  const text = table[one] ?? table[word] ?? english[word];
  return text.replace(/\{([\w-]+)\}/g, (_, name: string) => say(values[name] ?? ""));
}

/** A reason as the server gives it, as a sentence of its own. */
export const sentence = (why: string): string =>
  why.charAt(0).toLocaleUpperCase(lang) + why.slice(1) + (/[.!?…]$/.test(why) || !why ? "" : ".");

/** A number as the language writes it. */
export function say(value: string | number): string {
  return typeof value === "number" ? value.toLocaleString(lang) : value;
}

/** Tables of other languages, by their code: `es: () => import("./words/es")`. */
const LANGUAGES: Record<string, () => Promise<{ default: Table }>> = {};

/** Speaks the first of these languages that there is a table for. */
export async function listen(wanted: readonly string[]): Promise<void> {
  for (const language of wanted) {
    const load = LANGUAGES[language] ?? LANGUAGES[language.split("-")[0] ?? ""];
    if (load) return speak(language, (await load()).default);
    if (language.startsWith("en")) return;
  }
}

/** Takes another language's table. `lang` and `dir` of the document follow. */
export function speak(language: string, words: Table): void {
  lang = language;
  table = words;
  plural = new Intl.PluralRules(language);
  document.documentElement.lang = language;
  document.documentElement.dir = RTL.includes(language.split("-")[0] ?? "") ? "rtl" : "ltr";
}

const ADJECTIVES = [
  "Bright",
  "Calm",
  "Clever",
  "Golden",
  "Happy",
  "Lucky",
  "Quick",
  "Quiet",
  "Silver",
  "Sunny",
  "Swift",
  "Warm",
];
const ANIMALS = [
  "Badger",
  "Falcon",
  "Finch",
  "Fox",
  "Hare",
  "Heron",
  "Lynx",
  "Otter",
  "Owl",
  "Panda",
  "Robin",
  "Seal",
  "Wren",
];

/** A friendly name to begin with. */
export function suggestion(random: () => number = Math.random): string {
  const pick = (words: string[]): string => words[Math.floor(random() * words.length)] ?? "";
  return `${pick(ADJECTIVES)} ${pick(ANIMALS)} ${10 + Math.floor(random() * 90)}`;
}

/** A code as it is meant: upper case, and what is not in its alphabet as the letter that looks most like it. */
export function readCode(typed: string): string {
  const alike: Record<string, string> = { "0": "Q", O: "Q", "1": "J", I: "J", L: "J" };
  return typed
    .toUpperCase()
    .replace(/[01OIL]/g, (letter) => alike[letter] ?? letter)
    .replace(/[^2-9A-Z]/g, "")
    .slice(0, 6);
}
