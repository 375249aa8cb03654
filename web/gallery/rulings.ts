/** The clock and the judged rounds as a console sees them, and a show that takes the dial and rulings. */
import type { AmendmentInfo, DeskMsg, PlayoutInfo, RoundInfo, Ruling } from "../src/wire";

const PLAYOUT: PlayoutInfo = {
  share: 0.95,
  fixed: 0,
  target: 1_240_000,
  last: 2_100_000,
  in_step: 198,
  late: 9,
  beyond: 2,
  blind: 5,
  need_p50: 610_000,
  need_p95: 1_220_000,
  need_most: 4_310_000,
  error_p95: 9_000,
};

const rulings = (question: number, options: string[]): Ruling[] => [
  ...options.map((label, i) => ({
    title: `Right: ${label}`,
    changes: { [`/questions/${question}/right`]: i + 1 },
  })),
  { title: "Does not count", changes: { [`/questions/${question}/void`]: true } },
];

function round(number: number, title: string, options: string[], of: Partial<RoundInfo> = {}): RoundInfo {
  return {
    segment: "s1",
    number,
    title,
    opened: Date.now() * 1000 - (6 - number) * 90e6,
    span: 20e6,
    answers: 412,
    right: 231,
    delay_p50: 1_240_000,
    delay_p95: 1_240_000,
    delay_least: 310_000,
    delay_most: 2_080_000,
    target: 1_240_000,
    cap: 3_740_000,
    winner: { viewer: 2, name: "Grace H.", age: 2_114_000 },
    by_receipt: { viewer: 2, name: "Grace H.", age: 2_460_000 },
    rulings: rulings(number - 1, options),
    ...of,
  };
}

const ROUNDS: RoundInfo[] = [
  round(1, "Who wrote the first program?", ["Charles Babbage", "Alan Turing", "Grace Hopper"], {
    delay_least: 1_240_000,
    delay_most: 1_240_000,
  }),
  round(2, "Which river is the longest in Africa?", ["Congo", "Niger"], {
    answers: 1,
    right: 0,
    winner: null,
    by_receipt: null,
  }),
  round(
    3,
    "Which of these can be seen from low Earth orbit with the naked eye?",
    ["Mount Everest", "The Eiffel Tower", "Niagara Falls"],
    {
      winner: { viewer: 1, name: "Ada Lovelace", age: 1_840_000 },
      by_receipt: { viewer: 6, name: "Bob Ross", age: 2_310_000 },
      robbed: 23,
      gained: 41,
      lost: 87,
      clipped: 14,
      clipped_most: 340_000,
    },
  ),
  round(4, "Spell the capital of Mongolia", [], { answers: 0, right: 0, winner: null, by_receipt: null }),
];

const RULED: AmendmentInfo = {
  segment: "s1",
  why: "The picture showed the answer for a moment.",
  by: 3,
  at: Date.now() * 1000 - 240e6,
  changes: { "/questions/0/void": true },
};

/** By the name of the scene: none in the lobby, one that is void where the scene is. */
export function clockOf(name: string): Pick<DeskMsg, "playout" | "rounds" | "amendments"> {
  if (name === "lobby") return { playout: { share: 0.95, fixed: 0, target: 0, last: 0 } };
  if (name !== "voided") return { playout: PLAYOUT, rounds: ROUNDS };
  const rounds = ROUNDS.map((one) => (one.number === 1 ? { ...one, void: true } : one));
  return { playout: { ...PLAYOUT, fixed: 1_500_000 }, rounds, amendments: [RULED] };
}

/** The desk after a host's action; a text: why it is refused (say "no" as the reason of a ruling to see it). */
export function taken(desk: DeskMsg, action: Record<string, unknown>): DeskMsg | string {
  if (action["type"] === "dial" && desk.playout) {
    const { share, fixed } = action as unknown as PlayoutInfo;
    return { ...desk, playout: { ...desk.playout, share, fixed } };
  }
  if (action["type"] !== "amend") return desk;
  const { segment, changes, why } = action as unknown as AmendmentInfo;
  if (why === "no") return "it cannot be judged again";
  const made = { segment, changes, why, by: 3, at: Date.now() * 1000 };
  const rounds = (desk.rounds ?? []).map((one) =>
    Object.keys(changes).some((key) => key === `/questions/${one.number - 1}/void`)
      ? { ...one, void: true }
      : one,
  );
  return { ...desk, rounds, amendments: [...(desk.amendments ?? []), made] };
}
