/** The films of a replay: a <video> per seat that is where the clock is. The one that leads is where the clock is taken from. */
import { PROGRAMME } from "../seats/cast";
import type { StageInfo } from "../wire";
import { course, type Playhead } from "./playhead";
import type { Part, Reel } from "./reel";

/** HTMLMediaElement.HAVE_CURRENT_DATA */
const SHOWN = 2;

export class Films {
  #films = new Map<string, Film>();

  constructor(
    readonly reel: Reel,
    readonly playhead: Playhead,
    readonly url: (file: string) => string,
    readonly painted: () => void,
  ) {}

  /** The picture of a seat. */
  video(seat: string): HTMLVideoElement {
    return this.#film(seat).video;
  }

  /** Whether a seat's picture is there now. */
  shows(seat: string): boolean {
    const film = this.#films.get(seat);
    return film?.on === true && film.part?.video !== "" && film.video.readyState >= SHOWN;
  }

  /** Goes where the clock is. To be called again and again, also while it stands. */
  follow(stage: StageInfo | undefined, muted: boolean): void {
    const now = performance.now();
    const position = this.playhead.at(now);
    for (const seat of this.reel.seats) this.#film(seat).aim(this.reel.part(seat, position), position);
    const lead = this.#lead(stage);
    if (lead) this.playhead.await(now);
    else this.playhead.free(now);
    // As the browser reckons for itself: its frames are on the screen a little later.
    const aim = lead && this.playhead.playing ? (lead.heading ?? position) : position;
    for (const [seat, film] of this.#films) {
      const silent = muted || stage?.seats?.some((info) => info.seat === seat && info.microphone === false);
      film.video.muted = silent === true;
      film.video.volume = Math.min(1, stage?.gains?.[seat] ?? 1);
      film.leads = film === lead;
      film.follow(aim);
    }
  }

  /** The clock has jumped. */
  jump(): void {
    const position = this.playhead.at(performance.now());
    for (const film of this.#films.values()) {
      film.aim(this.reel.part(film.seat, position), position);
      film.jump(position);
    }
  }

  close(): void {
    for (const film of this.#films.values()) film.close();
  }

  /** The film whose frames lead: the programme's, else that of the large seat, else any that plays. */
  #lead(stage: StageInfo | undefined): Film | undefined {
    const names = [PROGRAMME, stage?.main ?? "", ...this.#films.keys()];
    return names.map((name) => this.#films.get(name)).find((film) => film?.moves === true);
  }

  #film(seat: string): Film {
    const film = this.#films.get(seat) ?? new Film(seat, this.playhead, this.url, this.painted);
    this.#films.set(seat, film);
    return film;
  }
}

class Film {
  readonly video = document.createElement("video");
  part: Part | undefined;
  /** Whether the clock is within the part. */
  on = false;
  leads = false;
  #callback = 0;

  constructor(
    readonly seat: string,
    readonly playhead: Playhead,
    readonly url: (file: string) => string,
    readonly painted: () => void,
  ) {
    const { video } = this;
    video.preload = "auto";
    video.playsInline = true;
    video.preservesPitch = true;
    this.#callback = video.requestVideoFrameCallback((_, frame) => this.#frame(frame));
    for (const event of ["seeked", "loadeddata"]) video.addEventListener(event, () => this.painted());
  }

  /** Whether its pictures can lead the clock. */
  get moves(): boolean {
    return this.on && this.part?.video !== "" && !this.video.ended && this.video.error === null;
  }

  /** Where its sound is (µs of show time), while it plays. */
  get heading(): number | undefined {
    const { video, part } = this;
    if (!part || video.seeking || video.readyState < SHOWN) return undefined;
    return part.start + video.currentTime * 1e6;
  }

  aim(part: Part | undefined, position: number): void {
    if (part && part.file !== this.part?.file) this.video.src = this.url(part.file);
    this.part = part;
    this.on =
      part !== undefined && position >= part.start && position < (part.end || Number.POSITIVE_INFINITY);
  }

  follow(position: number): void {
    const { video, part } = this;
    const time = part ? (position - part.start) / 1e6 : 0;
    if (!part || !this.on || !this.playhead.playing) {
      if (!video.paused) video.pause();
      if (part && this.on) this.#rest(time);
      return;
    }
    if (video.paused && !video.ended) video.play().catch(() => {});
    if (!video.seeking && video.readyState >= SHOWN) this.#steer(time);
  }

  #steer(time: number): void {
    const { video } = this;
    const { rate } = this.playhead;
    const next = this.leads ? { speed: rate } : course(video.currentTime, time, rate);
    if ("jump" in next) video.currentTime = next.jump;
    else video.playbackRate = next.speed;
  }

  /** To the frame of this moment, at once: the clock has jumped. */
  jump(position: number): void {
    if (this.part) this.video.currentTime = Math.max(0, (position - this.part.start) / 1e6);
  }

  close(): void {
    this.video.cancelVideoFrameCallback(this.#callback);
    this.video.removeAttribute("src");
    this.video.load();
  }

  /** Standing: the frame of the clock, unless it is there. */
  #rest(time: number): void {
    if (!this.video.seeking && Math.abs(this.video.currentTime - time) > 0.01)
      this.video.currentTime = Math.max(0, time);
  }

  #frame(frame: VideoFrameCallbackMetadata): void {
    this.#callback = this.video.requestVideoFrameCallback((_, next) => this.#frame(next));
    if (!this.leads || !this.part || this.video.seeking) return;
    if (this.playhead.playing) {
      const at = Math.min(frame.expectedDisplayTime, performance.now());
      this.playhead.lead(this.part.start + Math.round(frame.mediaTime * 1e6), at);
    }
    this.painted();
  }
}
