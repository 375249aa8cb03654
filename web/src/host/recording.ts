import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { Refusal } from "../identity";
import type { Store } from "../store";
import { sentence, t } from "../strings";
import { icon } from "../ui/icon";
import { base, buttons } from "../ui/styles";
import { Watch } from "../watch";
import type { DeskMsg } from "../wire";
import { ask } from "./ask";
import { call } from "./call";
import { panel } from "./panel.styles";
import { recordingStyles } from "./recording.styles";
import { began, type Part, type Recording, running, save, size, whose } from "./recordings";
import { press, pressOf } from "./stage-press";
import { clockWords } from "./stage-words";
import { isolated } from "./words";

const KEY = "stage.record";
/** Between two looks at what grows (ms). */
const LOOK = 5_000;

/** A red dot, while the show is recorded. */
export const recordingDot = css`
  .dot {
    display: inline-block;
    flex: none;
    inline-size: 0.75rem;
    block-size: 0.75rem;
    border-radius: 50%;
    box-shadow: inset 0 0 0 2px var(--edge);
  }
  .dot[data-on] {
    background: #e5352b;
    box-shadow: 0 0 0 3px color-mix(in srgb, #e5352b, transparent 70%);
  }
`;

/** A file on its way to this device. */
interface Saving {
  share: number;
  stop: AbortController;
  why: string;
}

/** Records the show, or stops, and has what was recorded. Fires `oq-since` with when it began (show time, µs). */
export class OqRecording extends LitElement {
  static override properties = {
    store: { attribute: false },
    desk: { attribute: false },
    since: { attribute: false },
    now: { attribute: false },
    all: { state: true },
    why: { state: true },
  };
  static override styles = [base, buttons, panel, recordingDot, recordingStyles];

  declare store: Store;
  declare desk: DeskMsg | undefined;
  /** Since when it is recorded, as far as this page knows (show time, µs; 0: it is not). */
  declare since: number;
  declare now: number;
  /** Newest first; undefined: not known yet. */
  declare all: Recording[] | undefined;
  /** Why the list, or a change of it, could not be had. */
  declare why: string;
  readonly #watch = new Watch(this);
  #saving = new Map<string, Saving>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    for (const one of this.#saving.values()) one.stop.abort();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    this.#watch.store = this.store;
    if (!changed.has("desk")) return;
    const before = changed.get("desk") as DeskMsg | undefined;
    if (!before || on(before) !== on(this.desk)) this.#look();
  }

  override render() {
    const is = on(this.desk);
    const { doing, why } = pressOf(this.store.outbox, KEY, this.desk?.seq ?? 0);
    const waits = doing !== undefined && doing.on !== is;
    return html`<details class="panel" open data-testid="recording" data-on=${is ? "true" : "false"}><summary>${t("rec.title")}
        <span class="figure"><span class="dot" ?data-on=${is}></span>${is ? this.#for : t("rec.off")}</span></summary>
      <div class="row"><button class="button" data-testid="record" aria-disabled=${waits ? "true" : "false"} @click=${() => waits || this.#press(is)}>${t(words(is, waits))}</button>
        ${this.all?.length ? html`<a class="button" target="_blank" rel="noopener" href=${this.#replay} data-testid="replay">${icon("out")} ${t("rec.replay")}</a>` : nothing}</div>
      ${why || this.why ? html`<p class="why" role="alert">${why ? sentence(why) : t("rec.failed", { why: this.why })}</p>` : nothing}
      ${this.all?.length ? this.#list(this.all) : nothing}</details>`;
  }

  get #base(): string {
    return `/api/shows/${this.store.session.show.id}/recordings`;
  }

  get #replay(): string {
    const { show, token } = this.store.session;
    return `/replay/${show.id}#token=${encodeURIComponent(token)}`;
  }

  get #for(): string {
    return this.since && this.now ? clockWords(this.now - this.since) : t("rec.on");
  }

  #list(all: Recording[]): TemplateResult {
    return html`<ul data-testid="recordings" aria-label=${t("rec.list")}>${repeat(
      all,
      (one) => one.id,
      (one) => this.#one(one),
    )}</ul>`;
  }

  #one(one: Recording): TemplateResult {
    const { state } = one;
    const made = state === "recording" || state === "finishing";
    const span = one.end ? clockWords(one.end - one.start) : "";
    const said = [span, size(one.bytes), state === "done" ? "" : t(`rec.is-${state}`)]
      .filter(Boolean)
      .join(" · ");
    const name = began(one.start);
    return html`<li data-testid="recording-${one.id}" data-state=${state}><details><summary><b>${name}</b><span class="figure">${said}</span></summary>
      ${one.why ? html`<p class="why">${sentence(one.why)}</p>` : nothing}
      <ol>${one.parts.map((part) => this.#part(one, part))}</ol>
      <div class="row">${this.#saver(`${this.#base}/${one.id}.tar`, `${this.store.session.show.id}-${one.id}.tar`, one.bytes, t("rec.all"))}
        <label class="check"><input type="checkbox" .checked=${one.public} data-testid="public" @change=${(event: Event) => this.#publish(one, (event.target as HTMLInputElement).checked)} />${t("rec.public")}</label>
        <button class="button plain danger" ?disabled=${made} aria-label=${t("rec.delete-of", { name })} data-testid="delete" @click=${() => ask(this, t("rec.delete-of", { name }), t("rec.delete-sure"), () => this.#change(`${this.#base}/${one.id}`, "DELETE"))}>${t("rec.delete")}</button></div></details></li>`;
  }

  #part(one: Recording, part: Part): TemplateResult {
    const span = part.end ? clockWords(part.end - part.start) : clockWords(this.now - part.start);
    const name = isolated(whose(part));
    return html`<li class="part"><span class="who"><b>${name}</b><small class="figure">${span} · ${size(part.bytes)}</small></span>
      ${this.#saver(`${this.#base}/${one.id}/${part.file}`, part.file, part.bytes, t("rec.save"), name)}</li>`;
  }

  /** A button that becomes what it saves: how far it is, and how to stop it. */
  #saver(path: string, name: string, bytes: number, word: string, whom = ""): TemplateResult {
    const now = this.#saving.get(path);
    if (now && !now.why) {
      return html`<button class="button saving" style="--done:${now.share}" aria-label=${t("rec.cancel-of", { name: whom || name })} data-testid="saving" @click=${() => now.stop.abort()}>
        <progress max="1" .value=${now.share} aria-label=${t("rec.save-of", { name: whom || name })}></progress><span class="figure">${t("mix.share", { n: Math.floor(now.share * 100) })}</span>${icon("wrong")}</button>`;
    }
    return html`<button class="button" aria-label=${whom ? t("rec.save-of", { name: whom }) : nothing} data-testid="save" @click=${() => this.#save(path, name, bytes)}>${word}</button>
      ${now?.why ? html`<p class="why" role="alert">${t("rec.failed", { why: now.why })}</p>` : nothing}`;
  }

  #save(path: string, name: string, bytes: number): void {
    const stop = new AbortController();
    const saving: Saving = { share: 0, stop, why: "" };
    this.#saving.set(path, saving);
    const told = (come: number, all: number): void => {
      saving.share = all ? Math.min(1, come / all) : 0;
      this.requestUpdate();
    };
    save({ path, token: this.store.session.token, name, bytes }, told, stop.signal)
      .then(() => this.#saving.delete(path))
      .catch((error: unknown) => {
        if (error instanceof Refusal) saving.why = error.message;
        else this.#saving.delete(path);
      })
      .finally(() => this.requestUpdate());
    this.requestUpdate();
  }

  #press(is: boolean): void {
    const set = (): void => press(this.store, { type: "record", on: !is }, KEY);
    if (is) ask(this, t("rec.stop"), t("rec.sure"), set);
    else set();
  }

  #publish(one: Recording, is: boolean): void {
    this.#change(`${this.#base}/${one.id}`, "PUT", { public: is });
  }

  #change(path: string, method: string, body?: unknown): void {
    call(path, this.store.session.token, method, body)
      .then(() => this.#look())
      .catch(this.#failed);
  }

  /** What there is; again and again while it grows. */
  #look(): void {
    clearTimeout(this.#timer);
    call<Recording[]>(this.#base, this.store.session.token).then(this.#heard).catch(this.#failed);
  }

  #heard = (all: Recording[]): void => {
    this.all = all;
    this.why = "";
    const since = running(all)?.start;
    if (since) this.dispatchEvent(new CustomEvent("oq-since", { detail: since }));
    const grows = on(this.desk) || all.some((one) => one.state === "recording" || one.state === "finishing");
    if (grows && this.isConnected) this.#timer = setTimeout(() => this.#look(), LOOK);
  };

  #failed = (error: unknown): void => {
    // A node without recordings has none to list.
    if (!(error instanceof Refusal) || error.status === 404) return;
    this.why = error.message;
  };
}

const on = (desk: DeskMsg | undefined): boolean => desk?.stage?.recording ?? false;

const words = (is: boolean, waits: boolean) =>
  is ? (waits ? "rec.stopping" : "rec.stop") : waits ? "rec.starting" : "rec.start";

customElements.define("oq-recording", OqRecording);
