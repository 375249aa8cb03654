/** Scenes as formats make them, one of each kind, for looking at. Times are given in seconds from now. */
import type { AnyBlock, DeskMsg, PrivateMsg, Scene, SceneMsg } from "../src/wire";
import { clockOf } from "./rulings";
import { deskStage, sceneStage } from "./stage";

export interface Fixture {
  scene: Scene;
  mine?: AnyBlock[];
  desk?: AnyBlock[];
}

const now = (): number => Date.now() * 1000;
const later = (seconds: number): number => now() + seconds * 1e6;
const OPTIONS = ["The Great Barrier Reef", "Mount Everest", "The Eiffel Tower", "Niagara Falls"].map(
  (label) => ({ label }),
);
const SEND = { type: "answer", field: "choice" };
const NAMES = [
  "Ada Lovelace",
  "Grace H.",
  "Linus",
  "Swift Otter 42",
  "Mü",
  "Bob Ross",
  "Žofie",
  "Katherine Johnson",
];
const PLACE: AnyBlock = {
  block: "stats",
  stats: [
    { label: "Points", value: "2,950" },
    { label: "Place", value: "3 of 214" },
  ],
};

const rows = (podium: boolean) =>
  NAMES.map((name, i) => ({
    rank: i + 1,
    name,
    score: 4200 - i * 317,
    viewer: i + 1,
    gained: podium ? 0 : 950 - i * 90,
    moved: [1, -1, 2, 0, -2, 0, 1, 0][i] ?? 0,
  }));

export const FIXTURES: Record<string, () => Fixture> = {
  lobby: () => ({
    scene: {
      blocks: [
        { block: "heading", id: "lobby", text: "Friday night quiz", kicker: "Welcome" },
        { block: "text", text: "We begin in a moment.", tone: "quiet" },
      ],
    },
  }),
  question: () => ({
    scene: {
      mood: "live",
      blocks: [
        {
          block: "heading",
          text: "Which of these can be seen from low Earth orbit with the naked eye?",
          kicker: "Question 3 of 10",
        },
        { block: "choices", id: "q3", options: OPTIONS, send: SEND, keep: true },
        { block: "countdown", until: later(14), total: 20e6 },
        { block: "stats", stats: [{ label: "Answers", value: "128" }] },
      ],
    },
    mine: [PLACE],
    desk: [
      { block: "text", text: "Right: The Great Barrier Reef", tone: "quiet" },
      { block: "stats", stats: [{ label: "Answers", value: "128" }] },
      {
        block: "bars",
        bars: OPTIONS.map(({ label }, i) => ({
          label,
          value: String([71, 22, 9, 26][i]),
          share: [0.55, 0.17, 0.07, 0.2][i] ?? 0,
        })),
      },
      { block: "text", text: "Next: Who wrote the first program? (20 s)", tone: "quiet" },
    ],
  }),
  answered: () => ({ ...fixture("question"), mine: [{ block: "mark", of: "q3", value: 1 }, PLACE] }),
  reveal: () => ({
    scene: {
      mood: "reveal",
      blocks: [
        {
          block: "heading",
          text: "Which of these can be seen from low Earth orbit with the naked eye?",
          kicker: "Question 3 of 10",
        },
        {
          block: "choices",
          id: "q3",
          options: OPTIONS.map((option, i) => ({
            ...option,
            share: [0.55, 0.17, 0.07, 0.2][i] ?? 0,
            count: [71, 22, 9, 26][i] ?? 0,
            verdict: i === 0 ? "right" : "wrong",
          })),
        },
        {
          block: "text",
          text: "Its contrast against the sea gives it away. The Wall in China, on the other hand, is too thin.",
        },
        {
          block: "stats",
          stats: [
            { label: "Answers", value: "128" },
            { label: "Right", value: "71", tone: "good" },
          ],
        },
      ],
    },
    mine: [{ block: "mark", of: "q3", value: 1, verdict: "wrong" }, PLACE],
  }),
  won: () => ({
    ...fixture("reveal"),
    mine: [{ block: "mark", of: "q3", value: 0, verdict: "right", note: "+950" }, PLACE],
  }),
  voided: () => ({
    scene: {
      mood: "reveal",
      blocks: [
        ...(fixture("reveal").scene.blocks ?? []).slice(0, 2),
        { block: "text", text: "This question does not count.", tone: "live" },
      ],
    },
    mine: [{ block: "mark", of: "q3", value: 1 }, PLACE],
  }),
  board: () => ({
    scene: {
      mood: "reveal",
      blocks: [
        { block: "heading", text: "Leaderboard", kicker: "After question 3 of 10" },
        { block: "leaderboard", rows: rows(false), players: 214 },
      ],
    },
    mine: [PLACE],
  }),
  podium: () => ({
    scene: {
      mood: "final",
      blocks: [
        { block: "heading", text: "And the winner is…" },
        { block: "leaderboard", rows: rows(true), players: 214, podium: true },
      ],
    },
    mine: [PLACE],
  }),
  several: () => ({
    scene: {
      mood: "live",
      blocks: [
        { block: "heading", text: "Which toppings do you take?", kicker: "Your vote" },
        {
          block: "choices",
          id: "p",
          options: [
            "Anchovies",
            "Pineapple",
            "Artichokes",
            "Chillies",
            "Just cheese",
            "Everything that is in the fridge, really everything",
          ].map((label) => ({ label })),
          send: { type: "pick", field: "choices" },
          most: 3,
        },
        { block: "countdown", until: later(40), total: 60e6 },
      ],
    },
  }),
  rating: () => ({
    scene: {
      mood: "live",
      blocks: [
        { block: "heading", text: "How was the show?", kicker: "Your vote" },
        {
          block: "rating",
          id: "r",
          steps: 5,
          low: "I want my evening back",
          high: "Best ever",
          send: { type: "rate", field: "value" },
        },
      ],
    },
    mine: [{ block: "mark", of: "r", value: 4 }],
  }),
  rated: () => ({
    scene: {
      mood: "reveal",
      blocks: [
        { block: "heading", text: "How was the show?" },
        {
          block: "rating",
          id: "r",
          steps: 5,
          low: "I want my evening back",
          high: "Best ever",
          average: 4.3,
        },
        {
          block: "bars",
          bars: [1, 2, 3, 4, 5].map((n, i) => ({
            label: "★".repeat(n),
            value: `${[2, 4, 9, 31, 54][i]}%`,
            share: ([2, 4, 9, 31, 54][i] ?? 0) / 100,
          })),
        },
      ],
    },
  }),
  ranking: () => ({
    scene: {
      mood: "live",
      blocks: [
        {
          block: "heading",
          text: "Put these inventions in order, the oldest first",
          kicker: "Question 5 of 10",
        },
        {
          block: "ranking",
          id: "o",
          options: ["Telephone", "Printing press", "Steam engine", "Telescope"].map((label) => ({ label })),
          send: { type: "arrange", field: "order" },
        },
        { block: "countdown", until: later(20), total: 30e6 },
      ],
    },
  }),
  words: () => ({
    scene: {
      mood: "live",
      blocks: [
        { block: "heading", text: "One word for how you feel", kicker: "Your vote" },
        {
          block: "form",
          id: "w",
          fields: [{ name: "text", label: "Your word", most: 24 }],
          send: { type: "say" },
          button: "Send",
        },
        {
          block: "words",
          words:
            "curious 31,happy 28,tired 17,hungry 12,excited 40,ready 9,lost 3,wonderful 7,cold 5,here 14,alive 6,warm 8,patient 2,proud 11"
              .split(",")
              .map((one) => ({ text: one.split(" ")[0] ?? "", count: Number(one.split(" ")[1]) })),
        },
      ],
    },
  }),
  form: () => ({
    scene: {
      mood: "live",
      blocks: [
        { block: "heading", text: "Tell us more" },
        { block: "text", text: "Two winners get a signed copy.", tone: "live" },
        {
          block: "form",
          id: "f",
          fields: [
            { name: "team", label: "Team" },
            { name: "why", label: "Why you?", kind: "long", required: false },
            { name: "size", label: "How many are you?", kind: "number" },
            { name: "ok", label: "I am of age", kind: "check" },
          ],
          send: { type: "enter" },
        },
        { block: "button", label: "Raise my hand", send: { type: "raise" }, primary: true },
        { block: "custom", alt: "A wheel of fortune", ratio: 2 },
      ],
    },
  }),
};

function fixture(name: string): Fixture {
  return FIXTURES[name.startsWith("stage") ? "lobby" : name]?.() ?? { scene: {} };
}

export function sceneMsg(name: string): SceneMsg {
  return {
    op: "scene",
    epoch: 1,
    seq: 7,
    at: 0,
    segment: name === "lobby" ? "" : "s1",
    format: "trivia",
    title: "Trivia",
    scene: fixture(name).scene,
    people: 214,
    ...sceneStage(name),
  };
}

export function privateMsg(name: string): PrivateMsg {
  return {
    op: "private",
    epoch: 1,
    seq: 7,
    at: 0,
    segment: name === "lobby" ? "" : "s1",
    scene: { blocks: fixture(name).mine ?? [] },
  };
}

export function deskMsg(name: string): DeskMsg {
  const text = { type: "string" };
  return {
    op: "desk",
    epoch: 1,
    seq: 7,
    at: 0,
    segment: name === "lobby" ? "" : "s1",
    scene: { blocks: fixture(name).desk ?? [] },
    actions: [
      { type: "ask", title: "Next question", doc: "", schema: {}, ready: false },
      { type: "lock", title: "Lock", doc: "", schema: {} },
      { type: "reveal", title: "Reveal", doc: "", schema: {} },
      {
        type: "void",
        title: "Void a question",
        doc: "",
        schema: {
          properties: {
            question: { type: "integer", minimum: 1 },
            reason: text,
            kind: { enum: ["all", "half"] },
          },
          required: ["question"],
        },
      },
    ],
    primary: { type: "reveal" },
    primary_segment: "s1",
    primary_title: name === "lobby" ? "Start: Five minutes of trivia" : "Reveal the answer",
    rundown: [
      { id: "s0", format: "poll", title: "Hello out there", state: "done" },
      {
        id: "s1",
        format: "trivia",
        title: "Five minutes of trivia",
        state: name === "lobby" ? "ready" : "live",
        ...(name === "podium" ? { suspended: true, problem: "answer: it was still at it after 250 ms" } : {}),
      },
      { id: "s2", format: "poll", title: "How was it?", state: "ready" },
      { id: "s3", format: "trivia", title: "Extra round, if we have the time for it", state: "ready" },
    ],
    people: 214,
    ...clockOf(name),
    ...deskStage(name),
    newest: NAMES.map((one, i) => ({ viewer: i + 1, name: one, state: i === 2 ? "hidden" : "" })),
    costs: [
      { segment: "s1", name: "public", count: 812, mean: 610, most: 2_400 },
      { segment: "s1", name: "private", count: 41_230, mean: 12, most: 340 },
      { segment: "s1", name: "answer", count: 9_120, mean: 4, most: 95 },
      ...(name === "reveal"
        ? [{ segment: "s1", name: "reveal", count: 9, mean: 14_200, most: 31_000, over: 2 }]
        : []),
    ],
    faults:
      name === "reveal"
        ? [
            {
              segment: "s1",
              format: "trivia",
              action: "reveal",
              where: "trivia.py:142",
              message: "KeyError: 'solution'",
              at: now(),
            },
          ]
        : [],
  };
}
