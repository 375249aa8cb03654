/** The stage as a console sees it, in all its states, and a show that takes what is pressed there. */
import type {
  DeskMsg,
  DeskStage,
  GuestInfo,
  ProgrammeInfo,
  SceneMsg,
  SeatInfo,
  StageInfo,
} from "../src/wire";

/** Who sits at the console in the gallery. */
const ME = 3;
const ago = (seconds: number): number => (Date.now() - seconds * 1000) * 1000;

const guest = (viewer: number, name: string, state: string, of: Partial<GuestInfo> = {}): GuestInfo => ({
  viewer,
  name,
  state,
  since: ago(20 * viewer),
  present: state === "green" || state === "live",
  camera: true,
  microphone: true,
  ...(state === "live" ? { seat: `g${viewer}` } : {}),
  ...of,
});

const HANDS: GuestInfo[] = [
  guest(21, "Katherine Johnson", "queue", {
    topic: "Why was the third question not about orbits?",
    since: ago(431),
  }),
  guest(22, "Bob Ross", "queue", { topic: "Happy accidents", since: ago(184) }),
  guest(23, "Žofie", "queue", { since: ago(75) }),
  guest(24, "Somebody whose name is as long as names may be", "queue", {
    topic:
      "A topic that takes all of the hundred and forty letters that there are for it, because there is so much to say about these things, really",
    since: ago(20),
  }),
];
const ADA = guest(11, "Ada Lovelace", "green", {
  topic: "The first program",
  passed: true,
  check: "Camera and microphone work.",
});
const GRACE = guest(12, "Grace H.", "live", { topic: "Bugs", since: ago(134), muted: false });
const LINUS = guest(13, "Swift Otter 42", "live", { since: ago(48), microphone: false });
const MU = guest(14, "Mü", "check", { check: "No camera was found. The microphone works.", passed: false });
const BO = guest(15, "Bo", "invited", { since: ago(14), topic: "Happy accidents" });
const HOST = guest(ME, "Producer", "green", { staff: true, since: ago(300) });

const FILM: ProgrammeInfo = {
  source: "media/the-match.mp4",
  playing: true,
  at: ago(70),
  media: 500e6,
  rate: 1,
  live: false,
  length: 5_400e6,
};
const CAMERA: ProgrammeInfo = { source: "test", live: true, at: ago(600), playing: true };

interface Staged {
  desk: DeskStage;
  stage?: Partial<StageInfo>;
}

/** By the name of the fixture. */
const STAGES: Record<string, () => Staged> = {
  "stage-empty": () => ({ desk: { hands: false } }),
  "stage-hands": () => ({ desk: { hands: true, queue: HANDS, waiting: 57 } }),
  "stage-ready": () => ({
    desk: { hands: true, queue: HANDS.slice(2), guests: [ADA] },
    stage: { programme: CAMERA },
  }),
  "stage-busy": () => ({
    desk: {
      hands: true,
      queue: HANDS,
      waiting: 4,
      recording: true,
      guests: [GRACE, LINUS, { ...ADA, talkers: [ME] }, MU, BO],
    },
    stage: { layout: "spotlight", main: "g12", gains: { g13: 1.4 }, programme: CAMERA },
  }),
  "stage-own": () => ({
    desk: { hands: true, queue: HANDS.slice(0, 1), guests: [HOST, ADA] },
    stage: { programme: CAMERA },
  }),
  "stage-trouble": () => ({
    desk: {
      hands: true,
      guests: [
        { ...GRACE, present: false },
        { ...LINUS, muted: true, microphone: true, camera: false },
        { ...ADA, present: false },
        { ...BO, since: ago(55) },
      ],
    },
    stage: { layout: "pip", programme: CAMERA },
  }),
  "stage-party": () => ({
    desk: { hands: false, recording: true, guests: [GRACE] },
    stage: { programme: FILM, layout: "side" },
  }),
  "stage-paused": () => ({ desk: {}, stage: { programme: { ...FILM, playing: false, rate: 1.5 } } }),
};

const seats = ({ desk, stage }: Staged): SeatInfo[] => [
  ...(stage?.programme ? [{ seat: "programme" }] : []),
  ...(desk.guests ?? [])
    .filter((one) => one.state === "live")
    .map(({ viewer, name, seat = "", present = true }) => ({ seat, viewer, name, away: !present })),
];

export const stageNames = Object.keys(STAGES);

export function deskStage(name: string): Pick<DeskMsg, "stage"> {
  const { desk, stage } = STAGES[name]?.() ?? { desk: {} };
  return { stage: { ...desk, programme: stage?.programme ?? null } };
}

export function sceneStage(name: string): Pick<SceneMsg, "stage"> {
  const staged = STAGES[name]?.() ?? { desk: {} };
  return {
    stage: { layout: "auto", ...staged.stage, seats: seats(staged), hands: staged.desk.hands ?? true },
  };
}

export type Action = { type: string; viewer?: number; on?: boolean | number; off?: number } & Record<
  string,
  unknown
>;

/** The desk and the stage after what was pressed; a text: why it is refused. */
export function takenStage(desk: DeskMsg, scene: SceneMsg, action: Action): [DeskMsg, SceneMsg] | string {
  const stage = desk.stage ?? {};
  if (action.type === "put-live" && (stage.guests ?? []).filter((one) => one.state === "live").length > 1)
    return "all seats are taken";
  const info: StageInfo = { ...scene.stage, ...mixed(scene.stage ?? {}, action) };
  const made: DeskStage = {
    ...stage,
    ...rules(action),
    ...people(stage, action),
    programme: info.programme ?? null,
  };
  const now = seats({ desk: made, stage: info });
  const order = (
    action.type === "layout" ? action["order"] : (scene.stage?.seats ?? []).map((one) => one.seat)
  ) as string[];
  now.sort((a, b) => ((order.indexOf(a.seat) + 99) % 99) - ((order.indexOf(b.seat) + 99) % 99));
  return [
    { ...desk, seq: desk.seq + 5, stage: made },
    { ...scene, seq: scene.seq + 5, stage: { ...info, seats: now } },
  ];
}

function rules(action: Action): Partial<DeskStage> {
  if (action.type === "stage-rules")
    return { hands: Boolean(action["hands"]), seats: Number(action["seats"]) };
  return action.type === "record" ? { recording: Boolean(action.on) } : {};
}

function mixed(stage: StageInfo, { type, ...rest }: Action): Partial<StageInfo> {
  const { layout, main, gains, duck } = rest as Partial<StageInfo>;
  if (type === "layout") return { layout, main, gains, duck } as Partial<StageInfo>;
  const now = stage.programme;
  if (type === "source")
    return {
      programme: rest["source"] ? { ...FILM, source: String(rest["source"]), at: ago(0), media: 0 } : null,
    };
  if (type !== "transport" || !now) return {};
  const gone = now.playing === false ? 0 : (Date.now() * 1000 - (now.at ?? 0)) * (now.rate ?? 1);
  return {
    programme: { ...now, media: (now.media ?? 0) + gone, ...(rest as Partial<ProgrammeInfo>), at: ago(0) },
  };
}

const TO: Record<string, string> = { invite: "invited", "put-live": "live", "back-to-green": "green" };

function people(stage: DeskStage, action: Action): Partial<DeskStage> {
  const { queue = [], guests = [] } = stage;
  const { type, viewer = type === "step-up" ? ME : 0 } = action;
  const gone = type === "lower-hand-of" || type === "invite";
  const hands = gone ? queue.filter((one) => one.viewer !== viewer) : queue;
  const asked = queue.find((one) => one.viewer === viewer);
  const come: GuestInfo[] = [];
  if (type === "invite" && asked) come.push({ ...asked, state: "invited", since: ago(0) });
  if (type === "step-up") come.push({ ...HOST, since: ago(0) });
  const kept = guests.filter((one) => !(type === "take-off" && one.viewer === viewer));
  return {
    queue: hands,
    waiting: hands.length,
    guests: [...kept.map((one) => stepped(one, action)), ...come],
  };
}

function stepped(one: GuestInfo, { type, viewer, on, off }: Action): GuestInfo {
  const swapped: Record<string, string> = { [String(off)]: "green", [String(on)]: "live" };
  const mine = one.viewer === viewer;
  const to = type === "swap" ? swapped[String(one.viewer)] : mine && TO[type];
  if (to) return { ...one, state: to, since: ago(0), seat: to === "live" ? `g${one.viewer}` : "" };
  if (mine && type === "mute") return { ...one, muted: Boolean(on) };
  return mine && type === "talk" ? { ...one, talkers: on ? [ME] : [] } : one;
}

export const ROOMS = { rooms: { 11: "room/a", 12: "room/b", 13: "room/c", [ME]: "room/d" } };
export const SOURCES = [
  { source: "test", name: "test picture", length: 0, why: "" },
  { source: "media/the-match.mp4", name: "the-match", length: 5_400e6, why: "" },
  { source: "interval.mp4", name: "interval music", length: 93e6, why: "" },
  {
    source: "old.avi",
    name: "old",
    length: 0,
    why: "its pictures are in a format that browsers do not play",
  },
];

const part = (seat: string, name: string, bytes: number) => ({
  file: `${seat}.1.1763800000000000.mp4`,
  seat,
  name,
  start: ago(754),
  end: ago(0),
  bytes,
});
const parts = [
  part("programme", "", 212e6),
  part("g12", "Grace H.", 96e6),
  part("g13", "Swift Otter 42", 8.4e6),
];
const made = { why: "", public: false, parts, files: {}, bytes: 316.4e6 };
export const RECORDINGS = [
  { ...made, id: "20251122T084000000", state: "recording", start: ago(754), end: 0 },
  {
    ...made,
    id: "20251121T200000000",
    state: "done",
    start: ago(86_400),
    end: ago(80_000),
    public: true,
    bytes: 2.41e9,
  },
  {
    ...made,
    id: "20251120T200000000",
    state: "failed",
    start: ago(186_400),
    end: ago(186_000),
    why: "the disk is full",
  },
];

/** Draws somebody into a canvas, with a level that moves. */
export function pretendListen(path: string, canvas?: HTMLCanvasElement): (() => void) & { level(): number } {
  const hue = (path.charCodeAt(5) * 67) % 360;
  const context = canvas?.getContext("2d");
  const level = (): number => Math.abs(Math.sin(performance.now() / 310 + hue)) * 0.85;
  const draw = (): void => {
    if (!context || !canvas) return;
    const { width: w, height: h } = canvas;
    const sway = Math.sin(performance.now() / 900 + hue) * 8;
    context.fillStyle = `hsl(${hue} 30% 32%)`;
    context.fillRect(0, 0, w, h);
    context.fillStyle = `hsl(${(hue + 30) % 360} 35% 62%)`;
    context.beginPath();
    context.arc(w / 2 + sway, h * 0.42, h * 0.2, 0, 7);
    context.ellipse(w / 2 + sway / 2, h * 1.02, h * 0.42, h * 0.36, 0, 0, 7);
    context.fill();
  };
  const timer = setInterval(draw, 50);
  return Object.assign(() => clearInterval(timer), { level });
}

/** Who is on air, side by side in the box of the picture. */
export function pretendAir(box: Element, guests: readonly GuestInfo[]): void {
  const live = guests.filter((one) => one.state === "live");
  const tiles = live.map((one) => {
    const canvas = document.createElement("canvas");
    canvas.style.cssText = "flex: 1; min-inline-size: 0; object-fit: cover; block-size: 100%";
    pretendListen((ROOMS.rooms as Record<number, string>)[one.viewer] ?? "room/a", canvas);
    return canvas;
  });
  const row = document.createElement("div");
  row.style.cssText = "position: absolute; inset: 0; display: flex; gap: 4px; align-items: center";
  row.append(...tiles);
  box.append(row);
}
