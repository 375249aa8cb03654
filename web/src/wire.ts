// Made by `python -m oncue.api.schema` from engine/wire.py and engine/blocks.py. Do not edit.

export const VERSION = 1;

export type UpMsg = Act | Hello | Ping | Report;

export type DownMsg = DeskMsg | Got | Named | No | Oops | Pong | PrivateMsg | SceneMsg | Welcome;

export type AnyBlock = Bars | Button | Choices | Countdown | Custom | Form | Heading | Image | Leaderboard | Mark | Ranking | Rating | Stats | Text | Words;

/** Do this. `n` is the action's number (see engine/log.py), `seg` the segment (empty: the show), `pos` the show time of the picture on the screen when it was pressed (0: no picture), `do` the action with its `type`. */
export interface Act {
  op: "act";
  n: number;
  seg: string;
  do: unknown;
  pos?: number;
}

/** A button of the host: the action type, its words, its form (JSON Schema of the fields; no properties: none needed), and whether it may be pressed now. */
export interface ActionSpec {
  type: string;
  title: string;
  doc: string;
  schema: Record<string, unknown>;
  ready?: boolean;
}

/** A ruling after the fact: who (a viewer id), when, why, and what was changed. */
export interface AmendmentInfo {
  segment: string;
  why: string;
  by: number;
  at: number;
  changes: Record<string, unknown>;
}

/** One bar: `share` (0..1) is its length, `value` what is written on it. */
export interface Bar {
  label: string;
  value: string;
  share: number;
  verdict?: "" | "right" | "wrong";
}

/** A bar chart, in the order given. */
export interface Bars {
  block: "bars";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
  bars: Bar[];
}

/** One action at a tap. */
export interface Button {
  block: "button";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
  label: string;
  send: Send;
  primary?: boolean;
}

/** Options to choose from. The value sent is an index into `options`, or a list of them when `most` is over 1. `send` is None when nothing can be chosen any more (or is not yet): the same block then shows the outcome. `keep` says that a choice, once made, cannot be changed. */
export interface Choices {
  block: "choices";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
  options: Option[];
  send?: Send | null;
  least?: number;
  most?: number;
  keep?: boolean;
}

/** What an action's handler, or a view, takes: so many were measured, their mean and the most (µs), and how many took longer than the format's `budget`. */
export interface Cost {
  segment: string;
  name: string;
  count: number;
  mean: number;
  most: number;
  over?: number;
}

/** Time left until `until`; `total` is the whole span, for the ring. Announced at half, ten and five seconds. */
export interface Countdown {
  block: "countdown";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
  until: number;
  total: number;
  label?: string;
}

/** A web component that the format ships (`Format.web`). `element` is the name under which the module exports it; empty: its default export. `props` is handed to it as it is. What it sends becomes an action by `send`, whose `field` may be empty when it sends an object of all fields; None: nothing can be sent now. `alt` says in words what it shows, for where it cannot be drawn. `ratio` is its width through its height, so that its place is kept while it loads; 0: as high as it makes itself. `src` is where its module is, and not for authors to say. */
export interface Custom {
  block: "custom";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
  element?: string;
  props?: Record<string, unknown>;
  send?: Send | null;
  alt?: string;
  ratio?: number;
  src?: string;
}

/** What hosts, producers and moderators see besides the public scene. `primary` is the action that comes next as a rule, complete and ready to be sent to segment `segment` (empty: the show): the big button, and what the autopilot presses. `rounds` has the latest ones that were judged, newest last. */
export interface DeskMsg {
  op: "desk";
  epoch: number;
  seq: number;
  at: number;
  segment: string;
  scene: Scene;
  actions?: ActionSpec[];
  primary?: Record<string, unknown> | null;
  primary_segment?: string;
  primary_title?: string;
  rundown?: SegmentInfo[];
  people?: number;
  newest?: Person[];
  faults?: Fault[];
  state?: string;
  playout?: PlayoutInfo | null;
  rounds?: RoundInfo[];
  amendments?: AmendmentInfo[];
  stage?: DeskStage;
  costs?: Cost[];
}

/** The stage, for the desk: the queue (its first 50) in order, how many are in it, who is invited or further, the rules, and the programme with its source in full. */
export interface DeskStage {
  queue?: GuestInfo[];
  waiting?: number;
  guests?: GuestInfo[];
  hands?: boolean;
  seats?: number;
  recording?: boolean;
  programme?: ProgrammeInfo | null;
}

/** A handler that raised what is not `Reject`: what the host is told. */
export interface Fault {
  segment: string;
  format: string;
  action: string;
  where: string;
  message: string;
  at: number;
}

/** One input of a form. `kind` is what is typed in it; `most` the longest text or the largest number. */
export interface Field {
  name: string;
  label: string;
  kind?: "check" | "long" | "number" | "text";
  most?: number;
  required?: boolean;
}

/** Typed input; the action sent has one field for each input. */
export interface Form {
  block: "form";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
  fields: Field[];
  send?: Send | null;
  button?: string;
}

/** Receipt: all of this tab's actions up to number `n` are recorded on disk, and will count exactly once. `seq` is where in the log. */
export interface Got {
  op: "got";
  n: number;
  seq: number;
}

/** Somebody on the way to the stage, for the desk. `since` is when they came into this state. `passed`: the device check went well; `check` says what it found, in words. `present`: their picture or sound reaches us. `staff`: host or producer. `talkers` are the staff whose voice they hear in the green room. */
export interface GuestInfo {
  viewer: number;
  name: string;
  state: string;
  topic?: string;
  since?: number;
  seat?: string;
  passed?: boolean;
  check?: string;
  present?: boolean;
  camera?: boolean;
  microphone?: boolean;
  muted?: boolean;
  staff?: boolean;
  talkers?: number[];
}

/** The line that one reads first. `kicker` is the small line above it (`Question 3 of 10`). */
export interface Heading {
  block: "heading";
  text: string;
  kicker?: string;
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
}

/** The first message: who one is. Within five seconds of connecting. */
export interface Hello {
  op: "hello";
  token: string;
  v?: number;
}

/** A still picture. `alt` says what it shows. */
export interface Image {
  block: "image";
  src: string;
  alt: string;
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
}

/** The first few, best first; `podium` asks for the festive form of the first three. `players` is how many take part. */
export interface Leaderboard {
  block: "leaderboard";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
  rows: Standing[];
  players?: number;
  podium?: boolean;
}

/** Private scenes only: what this viewer did in the public block `of`, drawn in that block. `value` is what was sent last (an index, a list of them, a number or a text); `verdict` how it was judged, once that may be seen. */
export interface Mark {
  block: "mark";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
  of: string;
  value?: number | number[] | string | null;
  verdict?: "" | "right" | "wrong";
  note?: string;
}

/** One viewer's own way to the stage. It is not held back by their picture. `state`: `queue`, `invited`, `check` (the device check), `green` (the green room), `live`, or `` (not on the way; then `thanks` is when they left the stage, show time, 0: were not there). `place` in the queue from 1. In `check`, `green` and `live` the viewer may publish `show/<id>/own/<viewer>`, which nobody sees but those who may. `room` is the path of the green room: `<room>/desk/<viewer>` is the voice of each of the `talkers`. `seat` is theirs while live. `camera` and `microphone` are what they have turned on, `muted` that staff have muted them. */
export interface MyStage {
  state?: string;
  place?: number;
  topic?: string;
  room?: string;
  seat?: string;
  talkers?: number[];
  camera?: boolean;
  microphone?: boolean;
  muted?: boolean;
  thanks?: number;
  why?: string;
}

/** One's own name, as the show has it now (after joining, renaming, or being renamed). */
export interface Named {
  op: "named";
  name: string;
}

/** Action `n` does not count, and why. With `code` and `why` for the person; sent instead of or after a receipt. */
export interface No {
  op: "no";
  n: number;
  code: string;
  why: string;
}

/** Something was wrong with what the client said. `fatal`: the link closes now; with `retry`, come back later. */
export interface Oops {
  op: "error";
  code: string;
  message: string;
  hint?: string;
  fatal?: boolean;
  retry?: boolean;
}

/** One thing to choose. `share` (0..1) and `count` are present only once they may be seen; `verdict` likewise. */
export interface Option {
  label: string;
  share?: number | null;
  count?: number | null;
  verdict?: "" | "right" | "wrong";
  image?: string;
}

/** Somebody in the show, for the host: `state` is ``, `hidden`, `kicked` or `banned`. */
export interface Person {
  viewer: number;
  name: string;
  state?: string;
}

/** A clock exchange: `t0` is any number of the client's, given back as it is. */
export interface Ping {
  op: "ping";
  t0: number;
}

/** Who was first, and how long after the round had opened (µs). */
export interface Place {
  viewer: number;
  name: string;
  age: number;
}

/** How well the audience is in step. `share` and `fixed` are the host's dial, `target` and `last` as in `SceneMsg`; viewers `in_step`, in the `late` lane, `beyond` what is believed in full, and `blind`, without a picture; what they would need, and how wrong their clocks may be (µs). `doors` counts them by the way in which the picture comes (`Report.door`). */
export interface PlayoutInfo {
  share: number;
  fixed: number;
  target: number;
  last: number;
  in_step?: number;
  late?: number;
  beyond?: number;
  blind?: number;
  need_p50?: number;
  need_p95?: number;
  need_most?: number;
  error_p95?: number;
  doors?: Record<string, number>;
}

/** `t0` as it came, `t1` show time of arrival, `t2` of sending (µs). */
export interface Pong {
  op: "pong";
  t0: number;
  t1: number;
  t2: number;
}

/** What only this viewer sees, drawn with the public scene of the same segment. An empty scene takes it away. `stage` is their own way to the stage, None for who is not on it. */
export interface PrivateMsg {
  op: "private";
  epoch: number;
  seq: number;
  at: number;
  segment: string;
  scene: Scene;
  stage?: MyStage | null;
}

/** The show's own source, and how it plays: at show time `at` it was at `media` (µs of the source) and from then on runs at `rate`, or stands there while not `playing`. `live` sources only play. `length` in µs, 0 if endless or not known. */
export interface ProgrammeInfo {
  source: string;
  playing?: boolean;
  at?: number;
  media?: number;
  rate?: number;
  live?: boolean;
  length?: number;
}

/** Options to put in order; the value sent is the list of their indices, best first. */
export interface Ranking {
  block: "ranking";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
  options: Option[];
  send?: Send | null;
}

/** A scale from 1 to `steps`; the value sent is an integer. `average` appears once it may be seen. */
export interface Rating {
  block: "rating";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
  steps?: number;
  low?: string;
  high?: string;
  send?: Send | null;
  average?: number | null;
}

/** How the client fares, every few seconds: `delay` is show time now minus its position in µs (0: no picture), `door` how the picture comes (`moq`, `tcp`: the same without UDP, `whep`, `none`), `frames` how many it has shown so far, `error` how wrong its clock may be in µs, `need` the smallest delay in µs at which its picture would play without gaps (0: not known). */
export interface Report {
  op: "report";
  delay: number;
  door?: string;
  frames?: number;
  error?: number;
  need?: number;
}

/** The fairness report of a judged round. Spans in µs; delays are those of the viewers' pictures. `winner` by the viewers' own pictures, `by_receipt` who would have won had the server's clock counted. `robbed`: answers in time that would have come too late by it. `gained` and `lost`: right answers that it would have given a better or a worse place. `clipped`: answers whose claim went beyond what the server can vouch for, and `clipped_most` by how much. `cap`: what a cheater could have gained at the most. */
export interface RoundInfo {
  segment: string;
  number: number;
  title: string;
  opened: number;
  span: number;
  answers: number;
  right: number;
  delay_p50?: number;
  delay_p95?: number;
  delay_least?: number;
  delay_most?: number;
  winner?: Place | null;
  by_receipt?: Place | null;
  robbed?: number;
  gained?: number;
  lost?: number;
  clipped?: number;
  clipped_most?: number;
  target?: number;
  cap?: number;
  void?: boolean;
  rulings?: Ruling[];
}

/** What a host may rule about a round: `changes` of the segment's settings, by JSON pointer (RFC 6901). */
export interface Ruling {
  title: string;
  changes: Record<string, unknown>;
}

/** What is to be seen, top to bottom. `mood` tints the surfaces: quiet between things, live while people may act. */
export interface Scene {
  blocks?: AnyBlock[];
  mood?: "final" | "live" | "quiet" | "reveal";
}

/** What everybody sees. Shown when the viewer's position reaches `at`. `seq` is the log sequence that it reflects; a message with a lower (epoch, seq) than the last is dropped. `people` is how many have joined. `target` is the delay (µs) that all pictures of the show are to have (0: none agreed yet), `last` that of the slowest lane that is waited for. `version` is that of the format. */
export interface SceneMsg {
  op: "scene";
  epoch: number;
  seq: number;
  at: number;
  segment: string;
  format: string;
  title: string;
  scene: Scene;
  people?: number;
  target?: number;
  last?: number;
  stage?: StageInfo;
  version?: string;
}

/** Who or what is on air: broadcast `show/<id>/stage/<seat>` on the relay, from show time `since` on. Seat `programme` (viewer 0) is the show's own source. `camera` and `microphone` are what may be seen and heard of them; `away`: their connection is lost, and waited for. */
export interface SeatInfo {
  seat: string;
  viewer?: number;
  name?: string;
  since?: number;
  camera?: boolean;
  microphone?: boolean;
  away?: boolean;
}

/** A line of the rundown. `state` is `ready`, `live` or `done`. `version` is that of its format which it keeps, `upgrade` another that is installed and can take over (empty: none), and `problem` why it cannot be played here (empty: it can); one that is `suspended` takes nothing until a host resumes it. */
export interface SegmentInfo {
  id: string;
  format: string;
  title: string;
  state: string;
  version?: string;
  upgrade?: string;
  problem?: string;
  suspended?: boolean;
}

/** How a control becomes an action: `{"type": type, **fixed, field: value}`. */
export interface Send {
  type: string;
  field?: string;
  fixed?: Record<string, unknown>;
}

/** The show, as anyone in it may know it. */
export interface ShowInfo {
  id: string;
  code: string;
  title: string;
}

/** What the picture is made of. `seats` in the order in which they are laid out. `layout`: `auto`, `grid`, `spotlight`, `side` or `pip`; `main` is the seat in its large place (empty: the first). `gains` are the sound's levels by seat (0 to 2; 1 where not named), `duck` what the programme's is multiplied with while somebody on stage speaks. `cut` are seats that were taken away so that not even what is on its way is shown: at once, whatever the delay. `hands`: whether viewers may raise their hand. A scene without a stage has the programme alone, live, if there is one. Of the programme's `source` all hear only of which kind it is. */
export interface StageInfo {
  seats?: SeatInfo[];
  layout?: string;
  main?: string;
  gains?: Record<string, number>;
  duck?: number;
  cut?: string[];
  hands?: boolean;
  programme?: ProgrammeInfo | null;
}

/** One line of a leaderboard. `moved` is places won (positive) or lost since the last time it was shown. */
export interface Standing {
  rank: number;
  name: string;
  score: number;
  viewer?: number;
  gained?: number;
  moved?: number;
}

/** A figure and what it is. */
export interface Stat {
  label: string;
  value: string;
  tone?: "bad" | "good" | "live" | "plain" | "quiet";
}

/** A few figures side by side: answers in, score, place. */
export interface Stats {
  block: "stats";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
  stats: Stat[];
}

/** A sentence or two. */
export interface Text {
  block: "text";
  text: string;
  tone?: "bad" | "good" | "live" | "plain" | "quiet";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
}

/** Answers `hello`. `now` is show time; `scenes`, `private` and `desk` what this person may see now: the scenes of the last seconds and the one before them, oldest first, because their picture is behind. */
export interface Welcome {
  op: "welcome";
  viewer: number;
  role: string;
  show: ShowInfo;
  now: number;
  name?: string;
  scenes?: SceneMsg[];
  private?: PrivateMsg | null;
  desk?: DeskMsg | null;
}

/** A word and how often it was said. */
export interface Word {
  text: string;
  count: number;
}

/** A word cloud. */
export interface Words {
  block: "words";
  id?: string;
  on?: ("desk" | "overlay" | "phone" | "screen")[];
  words: Word[];
}
