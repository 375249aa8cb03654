import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { Refusal } from "../identity";
import type { Store } from "../store";
import { say, sentence, t } from "../strings";
import { icon } from "../ui/icon";
import { base, buttons, fields } from "../ui/styles";
import { Watch } from "../watch";
import type { ProgrammeInfo } from "../wire";
import { ask } from "./ask";
import { call } from "./call";
import { panel } from "./panel.styles";
import { programmeStyles } from "./programme.styles";
import { foreseen, over, placeOf, RATES, SKIP, skipped, sourceName, streams } from "./programme-time";
import { press, pressOf } from "./stage-press";
import { clockWords } from "./stage-words";
import { isolated } from "./words";

const KEY = "stage.programme";
/** Between two looks at where it is (ms). */
const LOOK = 250;

/** A source that may be put on; `length` in µs (0: endless), `why` it cannot be. */
interface Choice {
  source: string;
  name: string;
  length: number;
  why: string;
}

/** The remote of the programme: play, pause, wind, speed, another source. */
export class OqProgramme extends LitElement {
  static override properties = {
    store: { attribute: false },
    info: { attribute: false },
    seq: { attribute: false },
    dragged: { state: true },
    choices: { state: true },
    putting: { state: true },
    failed: { state: true },
  };
  static override styles = [base, buttons, fields, panel, programmeStyles];

  declare store: Store;
  /** Undefined: the show has no programme. */
  declare info: ProgrammeInfo | undefined;
  declare seq: number;
  /** Where the thumb is while it is dragged (µs). */
  declare dragged: number | undefined;
  /** Undefined: not asked for yet; empty: the node offers none. */
  declare choices: Choice[] | undefined;
  /** The source that was asked for and is not answered yet. */
  declare putting: string | undefined;
  /** Why it could not be put on. */
  declare failed: string;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #watch = new Watch(this);

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  override willUpdate(_: PropertyValues<this>): void {
    this.#watch.store = this.store;
    const runs = this.info !== undefined && !streams(this.info) && this.info.playing !== false;
    if (runs) this.#timer ??= setInterval(() => this.requestUpdate(), LOOK);
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  override render() {
    const { doing, why } = pressOf(this.store.outbox, KEY, this.seq);
    const shown = foreseen(this.info, doing, this.#now);
    return html`<details class="panel" ?open=${shown !== undefined && !streams(shown)} data-testid="programme"><summary>${t("prog.title")} <span class="figure">${this.#said(shown)}</span></summary>
      ${shown ? (streams(shown) ? html`<p class="soft">${t("prog.live-hint")}</p>` : this.#remote(shown, doing !== undefined)) : nothing}
      ${why ? html`<p class="why" role="alert" data-testid="programme-why">${sentence(why)}</p>` : nothing}
      ${this.#sources(shown)}</details>`;
  }

  get #now(): number {
    return this.store.clock.now();
  }

  #said(info: ProgrammeInfo | undefined): string {
    if (!info) return t("prog.none");
    const name = isolated(sourceName(info.source));
    if (streams(info)) return `${name} · ${t("prog.live")}`;
    if (over(info, this.#now)) return `${name} · ${t("prog.over")}`;
    return `${name} · ${t(info.playing === false ? "prog.paused" : "prog.playing")}`;
  }

  #remote(info: ProgrammeInfo, waits: boolean): TemplateResult {
    const at = this.dragged ?? placeOf(info, this.#now);
    const { length = 0, playing = true } = info;
    const said = length ? t("prog.at", { at: clockWords(at), length: clockWords(length) }) : clockWords(at);
    return html`<div class="seek"><output class="figure" data-testid="programme-at">${clockWords(at)}</output>
        <input type="range" min="0" max=${length / 1e6} step="0.1" .value=${String(at / 1e6)} ?disabled=${!length} style="--at:${length ? at / length : 0}" data-testid="seek"
          aria-label=${t("prog.seek")} aria-valuetext=${said} @input=${this.#drag} @change=${this.#drop} />
        <span class="figure">${length ? clockWords(length) : "–"}</span></div>
      <div class="remote" ?data-waits=${waits}>
        <button class="button" data-testid="skip-back" aria-label=${t("prog.back")} @click=${() => this.#go({ media: skipped(info, this.#now, -SKIP) })}>−${SKIP / 1e6}</button>
        ${this.#play(info, playing && !over(info, this.#now))}
        <button class="button" data-testid="skip-on" aria-label=${t("prog.on")} @click=${() => this.#go({ media: skipped(info, this.#now, SKIP) })}>+${SKIP / 1e6}</button>
        <label class="rate"><span class="unseen">${t("prog.rate")}</span><select data-testid="rate" @change=${(event: Event) => this.#go({ rate: Number((event.target as HTMLSelectElement).value) })}>
          ${rates(info.rate ?? 1).map((rate) => html`<option value=${rate} .selected=${rate === (info.rate ?? 1)}>${t("prog.rate-of", { n: say(rate) })}</option>`)}</select></label></div>`;
  }

  /** Also plays again what has come to its end. */
  #play(info: ProgrammeInfo, playing: boolean): TemplateResult {
    const again = over(info, this.#now) ? { media: 0 } : {};
    return html`<button class="button play ${playing ? "" : "primary"}" data-testid="play" aria-pressed=${playing ? "true" : "false"}
      @click=${() => this.#go(playing ? { playing: false } : { playing: true, ...again })}>${icon(playing ? "pause" : "play")} ${t(playing ? "prog.pause" : "prog.play")}</button>`;
  }

  #sources(info: ProgrammeInfo | undefined): TemplateResult {
    return html`<details class="sources" data-testid="sources" @toggle=${this.#look}><summary>${t("prog.choose")}</summary>
      ${this.choices?.length ? html`<ul>${this.choices.map((one) => this.#choice(one, info))}</ul>` : this.choices ? this.#form() : nothing}
      ${this.failed ? html`<p class="why" role="alert" data-testid="source-why">${t("prog.failed", { why: this.failed })}</p>` : nothing}
      ${info ? html`<button class="button danger" data-testid="source-off" @click=${() => ask(this, t("prog.off"), t("prog.off-sure"), () => this.#put(""))}>${t("prog.off")}</button>` : nothing}</details>`;
  }

  #choice(one: Choice, info: ProgrammeInfo | undefined): TemplateResult {
    const now = one.source === info?.source;
    const waits = this.putting === one.source;
    const said = now
      ? t("prog.now")
      : waits
        ? t("prog.sending")
        : one.length
          ? clockWords(one.length)
          : t("prog.endless");
    return html`<li><button class="button ${now ? "now" : ""}" aria-label=${t("prog.put", { name: one.name })} aria-disabled=${now || waits || one.why ? "true" : "false"} data-testid="put" @click=${() => now || one.why || this.#put(one.source)}>
        <span>${isolated(one.name)}</span><small class="figure">${one.why ? "" : said}</small></button>
      ${one.why ? html`<p class="soft">${sentence(one.why)}</p>` : nothing}</li>`;
  }

  /** Where the node does not say what there is. */
  #form(): TemplateResult {
    return html`<form @submit=${this.#typed}><label for="source">${t("prog.typed")}</label>
        <div class="line"><input id="source" name="source" required maxlength="1000" autocomplete="off" spellcheck="false" data-testid="source" /><button class="button" data-testid="source-go">${t("prog.use")}</button></div></form>`;
  }

  #drag = (event: Event): void => {
    this.dragged = (event.target as HTMLInputElement).valueAsNumber * 1e6;
  };

  #drop = (event: Event): void => {
    this.dragged = undefined;
    this.#go({ media: Math.round((event.target as HTMLInputElement).valueAsNumber * 1e6) });
  };

  #go(change: Partial<Pick<ProgrammeInfo, "playing" | "media" | "rate">>): void {
    press(this.store, { type: "transport", ...change }, KEY);
  }

  /** By the API, which looks whether it can be played before anybody sees that it cannot. */
  #put(source: string): void {
    const { show, token } = this.store.session;
    this.putting = source;
    this.failed = "";
    call(`/api/shows/${show.id}/programme`, token, "PUT", { source })
      .catch((error: unknown) => {
        if (error instanceof Refusal) this.failed = error.message;
      })
      .finally(() => {
        this.putting = undefined;
      });
  }

  #typed = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const source = String(new FormData(form).get("source") ?? "").trim();
    if (!source) return;
    this.#put(source);
    form.reset();
  };

  #look = async (event: Event): Promise<void> => {
    if (!(event.target as HTMLDetailsElement).open || this.choices) return;
    this.choices = await call<Choice[]>("/api/sources", this.store.session.token).catch(() => []);
  };
}

/** The usual speeds, and the one that it has. */
const rates = (now: number): number[] => [...new Set([...RATES, now])].sort((a, b) => a - b);

customElements.define("oq-programme", OqProgramme);
