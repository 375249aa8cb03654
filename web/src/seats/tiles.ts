/**
 * The picture's place: a tile for each seat, laid out as the scene says. Any player puts its canvas or video into a tile.
 *
 * A tile shows that, or a card with the name: while the camera is off, the connection is lost, or the picture stands still. One's own
 * tile shows one's own camera.
 */
import { html, nothing, render, type TemplateResult } from "lit";
import { t } from "../strings";
import { icon } from "../ui/icon";
import type { SeatInfo, StageInfo } from "../wire";
import { PROGRAMME, whoIn } from "./cast";
import { fit, type Plan, plan } from "./layout";

export interface TilesHooks {
  /** Who looks. */
  me(): number;
  /** One's own camera, while this page publishes. */
  preview(): MediaStream | undefined;
}

/** A picture that is narrower than this is a small one (CSS pixels): a phone's. */
const NARROW = 480;
const MOVE: KeyframeAnimationOptions = { duration: 240, easing: "cubic-bezier(0.2, 0.7, 0.2, 1)" };
/** How loud speech is at most (RMS), and steps in which the ring moves. */
const LOUD = 0.25;
const STEPS = 12;

export type Media = HTMLCanvasElement | HTMLVideoElement;

export class Tile {
  readonly element = document.createElement("figure");
  /** What a renderer shows here. It may be put in long before the tile is in the page. */
  readonly media: Media;
  info: SeatInfo = { seat: "" };
  main = false;
  own = false;
  /** In CSS pixels; 0: not in the page. */
  width = 0;
  height = 0;
  #own: HTMLVideoElement | undefined;
  #picture = true;
  #level = 0;
  #drawn = "";

  constructor(seat: string, media: Media) {
    this.media = media;
    media.dataset["seat"] = seat;
    this.element.className = "tile";
    this.element.dataset["tile"] = seat;
  }

  /** Whether there is a moving picture; else there is the card. */
  set picture(there: boolean) {
    if (there === this.#picture) return;
    this.#picture = there;
    this.draw();
  }

  /** How loud this seat is now (RMS, 0 to 1). */
  set level(rms: number) {
    const step = Math.min(STEPS, Math.round((Math.sqrt(rms / LOUD) || 0) * STEPS));
    if (step === this.#level) return;
    this.#level = step;
    this.element.style.setProperty("--level", (step / STEPS).toFixed(2));
    this.element.toggleAttribute("data-speaking", step > 2);
  }

  /** Shows who sits here. `alone`: the one picture there is, which needs no name. */
  show(info: SeatInfo, own: boolean, main: boolean, alone: boolean, preview: MediaStream | undefined): void {
    this.info = info;
    this.own = own;
    this.main = main;
    this.element.toggleAttribute("data-main", main);
    this.element.toggleAttribute("data-alone", alone);
    this.#mirror(own ? preview : undefined);
    this.draw();
    this.fit();
  }

  /** What the tile shows fills it, or is whole: by the shapes of both. */
  fit(): void {
    const { media } = this;
    const [width, height] =
      media instanceof HTMLVideoElement ? [media.videoWidth, media.videoHeight] : [media.width, media.height];
    const whole = this.main || this.info.seat === PROGRAMME;
    media.style.objectFit = fit({ width, height }, this, whole);
  }

  draw(): void {
    const { info } = this;
    const card = !this.#video && !(this.element.hasAttribute("data-alone") && info.seat === PROGRAMME);
    const now = JSON.stringify([info, this.own, card]);
    if (now === this.#drawn) return;
    this.#drawn = now;
    this.element.dataset["state"] = card ? "card" : "picture";
    const waits = !this.own && (info.away || info.camera !== false);
    const media = this.own ? this.#own : this.media;
    media?.setAttribute("role", "img");
    media?.setAttribute("aria-label", info.name ? t("seat.picture", { name: info.name }) : t("picture"));
    render(
      html`${media ?? nothing}${card ? cardOf(info, waits) : nothing}${info.name ? tagOf(info, this.own) : nothing}`,
      this.element,
    );
  }

  /** Whether there is a picture to be seen. */
  get #video(): boolean {
    const { info } = this;
    if (info.camera === false) return false;
    return this.own ? this.#own !== undefined : this.#picture && !info.away;
  }

  #mirror(preview: MediaStream | undefined): void {
    if (!preview) {
      this.#own = undefined;
      return;
    }
    this.#own ??= mirror(this.info.seat);
    this.#own.classList.toggle("faces", faces(preview));
    if (this.#own.srcObject !== preview) {
      this.#own.srcObject = preview;
      this.#own.play().catch(() => {});
    }
  }
}

export class Tiles {
  #tiles = new Map<string, Tile>();
  #shown: Tile[] = [];
  #said = "";
  #watch: ResizeObserver;
  #narrow = false;
  #again: (() => void) | undefined;

  constructor(
    readonly box: HTMLElement,
    readonly hooks: TilesHooks,
  ) {
    box.classList.add("tiles");
    this.#watch = new ResizeObserver((entries) => this.#sized(entries));
    this.#watch.observe(box);
  }

  /** The tile of a seat; `make` gives what is shown in a new one. */
  tile(seat: string, make: () => Media): Tile {
    const tile = this.#tiles.get(seat) ?? new Tile(seat, make());
    this.#tiles.set(seat, tile);
    return tile;
  }

  /** The tiles in the page, in the order in which they stand. */
  get shown(): readonly Tile[] {
    return this.#shown;
  }

  /** Shows these seats, and no others, laid out as the stage says. Their tiles must be there. Nothing happens if all is as it was. */
  show(stage: StageInfo | undefined, seats: readonly SeatInfo[]): void {
    this.#again = () => this.show(stage, seats);
    const [layout, main] = [stage?.layout ?? "auto", stage?.main ?? ""];
    const preview = filmed(this.hooks.preview());
    const now = JSON.stringify([
      seats,
      layout,
      main,
      this.#narrow,
      preview?.getVideoTracks().map((one) => one.id),
      this.hooks.me(),
    ]);
    if (now === this.#said) return;
    this.#said = now;
    const names = seats.map((info) => info.seat);
    this.#flip(() => this.#place(seats, plan(layout, names, main, this.#narrow), preview));
  }

  /** A seat is gone: its tile goes with the next `show`, or now. */
  drop(seat: string): void {
    const tile = this.#tiles.get(seat);
    this.#tiles.delete(seat);
    if (!tile) return;
    this.#watch.unobserve(tile.element);
    tile.element.remove();
    this.#shown = this.#shown.filter((one) => one !== tile);
    this.#said = "";
  }

  close(): void {
    this.#watch.disconnect();
    for (const seat of [...this.#tiles.keys()]) this.drop(seat);
    this.box.classList.remove("tiles");
  }

  #place(seats: readonly SeatInfo[], plan: Plan, preview: MediaStream | undefined): void {
    this.box.dataset["layout"] = plan.kind;
    this.box.style.gridTemplate = `${plan.rows} / ${plan.columns}`;
    this.box.style.setProperty("--highest", `${plan.highest}cqi`);
    const infos = new Map(seats.map((info) => [info.seat, info]));
    const shown: Tile[] = [];
    for (const { seat, area, main, corner } of plan.places) {
      const tile = this.#tiles.get(seat);
      const info = infos.get(seat);
      if (!tile || !info) continue;
      tile.element.style.gridArea = area;
      tile.element.toggleAttribute("data-corner", corner ?? false);
      const own = info.viewer !== undefined && info.viewer > 0 && info.viewer === this.hooks.me();
      tile.show(info, own, main, seats.length === 1, preview);
      if (!tile.element.isConnected) this.#watch.observe(tile.element);
      shown.push(tile);
    }
    for (const old of this.#shown.filter((one) => !shown.includes(one))) {
      this.#watch.unobserve(old.element);
      old.width = old.height = 0;
      old.element.remove();
    }
    // In the order of the places; what is in the page already stays there, or a video would stop.
    shown.forEach((tile, i) => {
      if (this.box.children[i] !== tile.element)
        this.box.insertBefore(tile.element, this.box.children[i] ?? null);
    });
    this.#shown = shown;
  }

  /** Moves the tiles from where they were to where they are (FLIP: Paul Lewis, 2015), unless people asked for less motion. */
  #flip(change: () => void): void {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;
    const before = new Map(this.#shown.map((tile) => [tile, tile.element.getBoundingClientRect()]));
    const who = new Map(this.#shown.map((tile) => [tile, whoIn(tile.info)]));
    change();
    if (calm || before.size === 0) return;
    for (const tile of this.#shown) {
      for (const animation of tile.element.getAnimations()) animation.cancel();
      const from = who.get(tile) === whoIn(tile.info) ? before.get(tile) : undefined;
      const to = tile.element.getBoundingClientRect();
      if (!from) tile.element.animate([{ opacity: 0, transform: "scale(0.94)" }, {}], MOVE);
      else if (moved(from, to)) tile.element.animate(way(from, to), MOVE);
    }
  }

  #sized(entries: ResizeObserverEntry[]): void {
    for (const { target, contentRect } of entries) {
      const tile = this.#shown.find((one) => one.element === target);
      if (!tile) continue;
      [tile.width, tile.height] = [contentRect.width, contentRect.height];
      tile.fit();
    }
    const width = this.box.clientWidth;
    const narrow = width > 0 && width < NARROW;
    if (narrow === this.#narrow) return;
    this.#narrow = narrow;
    this.#again?.();
  }
}

/** A preview that has a picture. */
const filmed = (preview: MediaStream | undefined): MediaStream | undefined =>
  preview?.getVideoTracks().length ? preview : undefined;

/** Faces are used to mirrors; letters on a shared screen are not. */
const faces = (preview: MediaStream): boolean =>
  preview.getVideoTracks().every((track) => track.getSettings().displaySurface === undefined);

function mirror(seat: string): HTMLVideoElement {
  const video = document.createElement("video");
  video.className = "mirror";
  video.muted = true;
  video.autoplay = true;
  video.playsInline = true;
  video.dataset["seat"] = seat;
  return video;
}

const cardOf = (info: SeatInfo, waits: boolean): TemplateResult =>
  html`<div class="card ${waits ? "waits" : ""}"><span class="disc"><span>${initials(info.name ?? "")}</span></span>${waits ? html`<span class="soon">${t("seat.away")}</span>` : nothing}</div>`;

const tagOf = (info: SeatInfo, own: boolean): TemplateResult =>
  html`<figcaption>${info.microphone === false ? html`<i title=${t("seat.muted")}>${icon("mute")}</i>` : nothing}<bdi>${info.name}</bdi>${own ? html`<small>${t("seat.you")}</small>` : nothing}</figcaption>`;

/** The first letters of the first and the last word. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return ends.map((word) => [...(word ?? "")][0]?.toLocaleUpperCase() ?? "").join("");
}

const moved = (one: DOMRect, other: DOMRect): boolean =>
  Math.abs(one.x - other.x) + Math.abs(one.y - other.y) + Math.abs(one.width - other.width) > 1;

const transformOrigin = "0 0";

function way(from: DOMRect, to: DOMRect): Keyframe[] {
  const move = `translate(${from.x - to.x}px, ${from.y - to.y}px)`;
  const scale = `scale(${from.width / (to.width || 1)}, ${from.height / (to.height || 1)})`;
  return [
    { transform: `${move} ${scale}`, transformOrigin },
    { transform: "none", transformOrigin },
  ];
}
