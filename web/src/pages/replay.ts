import { html, LitElement, nothing, type TemplateResult } from "lit";
import "../blocks/scene";
import type { View } from "../blocks/view";
import { keyOf, NOTHING, type Value } from "../outbox";
import { Films } from "../replay/films";
import { Playhead } from "../replay/playhead";
import { type Mark, type Part, Reel, readScenes, timeWords } from "../replay/reel";
import { seatsOf } from "../seats/cast";
import { Tiles } from "../seats/tiles";
import { tilesStyles } from "../seats/tiles.styles";
import { say, t } from "../strings";
import { icon } from "../ui/icon";
import { lamp } from "../ui/lamp";
import "../ui/over";
import { base, buttons } from "../ui/styles";
import type { AnyBlock, SceneMsg } from "../wire";
import { replayStyles } from "./replay.styles";

/** What GET /api/replays says. */
interface Replay {
  title: string;
  recording: { start: number; parts: Part[] };
  urls: Record<string, string>;
}

const RATES = [0.5, 1, 1.25, 1.5, 2];
/** An arrow key (µs). */
const STEP = 5_000_000;
/** Between two looks at where the films are (ms). */
const LOOK = 100;

/** A recorded show: pictures and scenes in step. */
export class OqReplay extends LitElement {
  static override properties = { failed: { state: true } };
  static override styles = [base, buttons, lamp, tilesStyles, replayStyles];

  declare failed: string | undefined;
  #replay: Replay | undefined;
  #reel: Reel | undefined;
  #playhead: Playhead | undefined;
  #films: Films | undefined;
  #tiles: Tiles | undefined;
  #scene: SceneMsg | undefined;
  #muted = false;
  #chosen = new Map<string, Value>();
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.#key);
    this.#timer = setInterval(() => this.#turn(), LOOK);
    this.#enter().catch(() => {
      this.failed = t("replay.none");
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.#key);
    clearInterval(this.#timer);
    this.#films?.close();
    this.#tiles?.close();
  }

  override render() {
    if (this.failed) return html`<oq-over .why=${this.failed}></oq-over>`;
    const { playing = false } = this.#playhead ?? {};
    return html`<main>
      <div class="strip"><span class="lamp ${this.#scene?.scene.mood ?? "quiet"}"></span><h1>${this.#replay?.title ?? nothing}</h1><span class="kicker">${t("replay.kind")}</span></div>
      <div class="stage" data-testid="picture" @click=${this.#toggle}><div class="box"></div>
        ${this.#reel && !playing ? html`<button class="big" data-testid="replay-big" aria-label=${t("replay.play")}>${icon("play")}</button>` : nothing}</div>
      ${this.#reel && this.#playhead ? this.#remote(this.#reel, this.#playhead) : html`<div class="remote"></div>`}
      <section class="scene" aria-label=${this.#scene?.title ?? ""}>${this.#reel ? this.#below(this.#reel) : nothing}</section>
    </main>`;
  }

  override updated(): void {
    const box = this.renderRoot.querySelector<HTMLElement>(".box");
    if (box && this.#reel && !this.#tiles) {
      this.#tiles = new Tiles(box, { me: () => 0, preview: () => undefined });
      this.#turn();
    }
  }

  async #enter(): Promise<void> {
    const show = decodeURIComponent(location.pathname.split("/")[2] ?? "");
    const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
    const wanted = new URLSearchParams(location.search).get("recording") ?? "";
    const query = new URLSearchParams({ recording: wanted, token });
    const replay = (await fetched(`/api/replays/${encodeURIComponent(show)}?${query}`).then((one) =>
      one.json(),
    )) as Replay;
    const scenes = await fetched(replay.urls["scenes.jsonl"] ?? "").then((one) => one.text());
    const reel = new Reel(readScenes(scenes), replay.recording.parts);
    document.title = `${replay.title} · oncue`;
    const playhead = new Playhead(reel.start, reel.end);
    [this.#replay, this.#reel, this.#playhead] = [replay, reel, playhead];
    this.#films = new Films(
      reel,
      playhead,
      (file) => replay.urls[file] ?? "",
      () => this.#turn(),
    );
    Object.assign(window, { oncue: this.#told(playhead) });
    this.#turn();
    this.requestUpdate();
  }

  /** For tests. */
  #told(playhead: Playhead): object {
    return {
      position: () => playhead.at(performance.now()),
      playing: () => playhead.playing,
      seek: (position: number) => this.#seek(position),
    };
  }

  /** A frame is on the screen, or time has passed: the films go where the clock is, and what belongs to it is shown. */
  #turn(): void {
    const [reel, playhead, films, tiles] = [this.#reel, this.#playhead, this.#films, this.#tiles];
    if (!reel || !playhead || !films || !tiles) return;
    const position = playhead.at(performance.now());
    const scene = reel.scene(position);
    films.follow(scene?.stage, this.#muted);
    const seats = seatsOf(scene?.stage).filter((info) => reel.seats.includes(info.seat) || info.name);
    for (const { seat } of seats) tiles.tile(seat, () => films.video(seat));
    tiles.show(scene?.stage, seats);
    for (const tile of tiles.shown) {
      tile.picture = films.shows(tile.info.seat);
      tile.fit();
    }
    if (playhead.playing && position >= playhead.end) playhead.pause(performance.now());
    this.#scene = scene;
    this.requestUpdate();
  }

  #remote(reel: Reel, playhead: Playhead): TemplateResult {
    const position = playhead.at(performance.now());
    const [at, length] = [position - reel.start, reel.end - reel.start];
    const [now, all] = [timeWords(at), timeWords(length)];
    const { playing, rate } = playhead;
    return html`<div class="remote" style="--at:${length ? at / length : 0}">
      <div class="line"><input type="range" min="0" max=${length / 1e6} step="0.1" .value=${String(at / 1e6)} data-testid="replay-seek" aria-label=${t("replay.seek")}
        aria-valuetext=${t("replay.at", { at: now, length: all })} @input=${this.#slide} />
        <div class="marks" aria-hidden="true">${reel.marks.map((mark) => html`<i data-kind=${mark.kind} style="--place:${(mark.at - reel.start) / length}"></i>`)}</div></div>
      <button class="button play ${playing ? "" : "primary"}" data-testid="replay-play" aria-label=${t(playing ? "replay.pause" : "replay.play")} @click=${this.#toggle}>${icon(playing ? "pause" : "play")}</button>
      <span class="time figure" data-testid="replay-time">${now} <small>/ ${all}</small></span>
      <select data-testid="replay-rate" aria-label=${t("replay.rate")} @change=${this.#faster}>${RATES.map((one) => html`<option value=${one} .selected=${one === rate}>${t("replay.rate-of", { n: say(one) })}</option>`)}</select>
      <button class="button sound" data-testid="sound" aria-label=${t(this.#muted ? "sound.on" : "sound.off")} @click=${this.#sound}>${icon(this.#muted ? "mute" : "sound")}</button></div>`;
  }

  #below(reel: Reel): TemplateResult {
    const scene = this.#scene;
    const shown = scene
      ? html`<oq-scene data-testid="scene" data-at=${scene.at} data-seq=${scene.seq} .scene=${scene.scene} .view=${this.#view(scene)}></oq-scene>`
      : nothing;
    return html`${shown}${scene?.scene.mood === "live" ? html`<p class="own">${t("replay.own")}</p>` : nothing}
      ${reel.marks.length ? html`<nav aria-label=${t("replay.marks")}><ol>${reel.marks.map((mark) => this.#mark(mark, reel))}</ol></nav>` : nothing}`;
  }

  #mark(mark: Mark, reel: Reel): TemplateResult {
    return html`<li data-kind=${mark.kind}><button data-testid="replay-mark" @click=${() => this.#seek(mark.at)}><span class="figure">${timeWords(mark.at - reel.start)}</span><bdi>${mark.words}</bdi></button></li>`;
  }

  /** Who watches later may press too: it stays on this screen. */
  #view(scene: SceneMsg): View {
    const playhead = this.#playhead as Playhead;
    const blocks = scene.scene.blocks ?? [];
    const key = (block: AnyBlock): string => keyOf(scene.segment, block, blocks.indexOf(block));
    return {
      surface: "phone",
      viewer: 0,
      controls: true,
      active: scene.scene.mood === "live",
      time: () => playhead.at(performance.now()),
      pace: () => ({ rate: playhead.playing ? playhead.rate : 0, jumps: playhead.jumps }),
      chosen: (block) => {
        const value = this.#chosen.get(key(block));
        return value === undefined ? NOTHING : { ...NOTHING, value, state: "sent" };
      },
      choose: (block, _, value) => {
        this.#chosen.set(key(block), value);
        this.requestUpdate();
      },
    };
  }

  #seek(position: number): void {
    this.#playhead?.jump(position, performance.now());
    this.#films?.jump();
    this.#turn();
  }

  #toggle = (): void => {
    const now = performance.now();
    const playhead = this.#playhead;
    if (!playhead) return;
    if (playhead.playing) playhead.pause(now);
    else playhead.play(now);
    this.#turn();
  };

  #slide = (event: Event): void => {
    const value = (event.target as HTMLInputElement).valueAsNumber * 1e6;
    this.#seek((this.#reel?.start ?? 0) + value);
  };

  #faster = (event: Event): void => {
    this.#playhead?.faster(Number((event.target as HTMLSelectElement).value), performance.now());
    this.#turn();
  };

  #sound = (): void => {
    this.#muted = !this.#muted;
    this.#turn();
  };

  #key = (event: KeyboardEvent): void => {
    const [reel, playhead] = [this.#reel, this.#playhead];
    const inside = event.composedPath()[0];
    if (!reel || !playhead || event.ctrlKey || event.metaKey || event.altKey) return;
    if (inside instanceof HTMLElement && /^(SELECT|TEXTAREA|INPUT)$/.test(inside.tagName)) return;
    const press = inside instanceof HTMLButtonElement;
    const at = playhead.at(performance.now());
    const keys: Record<string, () => void> = {
      ArrowLeft: () => this.#seek(event.shiftKey ? reel.next(at, -1) : at - STEP),
      ArrowRight: () => this.#seek(event.shiftKey ? reel.next(at, 1) : at + STEP),
      Home: () => this.#seek(reel.start),
      End: () => this.#seek(reel.end),
      m: this.#sound,
      ...(press ? {} : { " ": this.#toggle }),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
}

async function fetched(url: string): Promise<Response> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer;
}

customElements.define("oq-replay", OqReplay);
