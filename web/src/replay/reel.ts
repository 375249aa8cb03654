/**
 * A recorded show: which scene and which files belong to a moment of it, and the marks on its time line. Times in µs of show time.
 */
import { seatsOf, whoIn } from "../seats/cast";
import type { SceneMsg } from "../wire";

/** A file: what one seat sent from `start` to `end`. */
export interface Part {
  file: string;
  seat: string;
  name: string;
  start: number;
  end: number;
  video: string;
  audio: string;
}

export interface Mark {
  at: number;
  kind: "segment" | "round" | "stage";
  words: string;
}

/** A part is loaded this long before it begins. */
const EARLY = 4_000_000;

export class Reel {
  readonly scenes: readonly SceneMsg[];
  readonly parts: readonly Part[];
  readonly start: number;
  readonly end: number;
  readonly marks: readonly Mark[];

  constructor(scenes: readonly SceneMsg[], parts: readonly Part[]) {
    // An owner that took over may have said again what was said before: the last one of a moment counts.
    this.scenes = [...scenes].sort(
      (one, other) => one.at - other.at || one.epoch - other.epoch || one.seq - other.seq,
    );
    this.parts = [...parts].sort((one, other) => one.start - other.start);
    this.start = Math.min(...this.parts.map((part) => part.start));
    this.end = Math.max(...this.parts.map((part) => part.end || part.start));
    this.marks = marksOf(this.scenes).filter((mark) => mark.at > this.start && mark.at < this.end);
  }

  /** What everybody saw at this moment. */
  scene(position: number): SceneMsg | undefined {
    let [low, high] = [0, this.scenes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.scenes[middle]?.at ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return this.scenes[Math.max(0, low - 1)];
  }

  /** The file of a seat in which this moment is, else the one that begins soon. */
  part(seat: string, position: number): Part | undefined {
    const own = this.parts.filter((part) => part.seat === seat);
    return (
      own.findLast((part) => part.start <= position && position < (part.end || Number.POSITIVE_INFINITY)) ??
      own.find((part) => part.start > position && part.start - position < EARLY)
    );
  }

  /** All seats there are files of. */
  get seats(): string[] {
    return [...new Set(this.parts.map((part) => part.seat))];
  }

  /** The next mark after this moment (or the last before it). */
  next(position: number, way: 1 | -1): number {
    const marks = [this.start, ...this.marks.map((mark) => mark.at), this.end];
    return way > 0
      ? (marks.find((at) => at > position + 1) ?? this.end)
      : (marks.findLast((at) => at < position - 1_000_000) ?? this.start);
  }
}

/** Segments that begin, questions that open, people who come on stage. */
export function marksOf(scenes: readonly SceneMsg[]): Mark[] {
  let question = "";
  return scenes.flatMap((scene, i) => {
    const before = scenes[i - 1];
    const asked = scene.scene.mood === "live" ? headingOf(scene) : "";
    const marks: Mark[] = [];
    if (scene.segment && scene.segment !== before?.segment)
      marks.push({ at: scene.at, kind: "segment", words: scene.title });
    if (asked && asked !== question) marks.push({ at: scene.at, kind: "round", words: asked });
    question = scene.scene.mood === "live" ? asked || question : "";
    return [...marks, ...newcomers(scene, before)];
  });
}

function newcomers(scene: SceneMsg, before: SceneMsg | undefined): Mark[] {
  const there = new Set(before ? seatsOf(before.stage).map(whoIn) : []);
  return seatsOf(scene.stage)
    .filter((seat) => seat.name && !there.has(whoIn(seat)))
    .map((seat) => ({ at: seat.since || scene.at, kind: "stage", words: seat.name ?? "" }));
}

function headingOf(scene: SceneMsg): string {
  const heading = scene.scene.blocks?.find((block) => block.block === "heading");
  return heading?.block === "heading" ? heading.text : "";
}

/** JSON lines; a last one that was cut off is left out. */
export function readScenes(text: string): SceneMsg[] {
  return text.split("\n").flatMap((line) => {
    try {
      return line ? [JSON.parse(line) as SceneMsg] : [];
    } catch {
      return [];
    }
  });
}

/** `1:02:03`, as people read times. */
export function timeWords(micros: number): string {
  const seconds = Math.max(0, Math.floor(micros / 1e6));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
