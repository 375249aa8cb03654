import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { type Chosen, NOTHING } from "../outbox";
import type { Store } from "../store";
import { say, t, type Word } from "../strings";
import { base, buttons, fields } from "../ui/styles";
import type { PlayoutInfo } from "../wire";
import { dialStyles } from "./dial.styles";
import { panel } from "./panel.styles";
import {
  type Dial,
  FIXED,
  firstFixed,
  NAMED,
  placeOf,
  readFixed,
  STOPS,
  sameDial,
  shareAt,
  stepped,
} from "./scale";
import { everybody, LANES, seconds, shareWords, span } from "./words";

/** Names the dial in the store's outbox. */
export const DIAL = "dial";
/** Presses in a row are one change (ms). */
const SETTLE = 350;

/** The delay of all pictures: what it is, who keeps up with it, and the dial between fast and together. */
export class OqDial extends LitElement {
  static override properties = {
    store: { attribute: false },
    playout: { attribute: false },
    told: { attribute: false },
    live: { attribute: false },
    draft: { state: true },
    waits: { state: true },
  };
  static override styles = [base, buttons, fields, panel, dialStyles];

  declare store: Store;
  declare playout: PlayoutInfo;
  /** What became of the change that was sent last. */
  declare told: Chosen;
  /** Whether people may answer now: the delay does not change meanwhile. */
  declare live: boolean;
  /** What the thumb says until the show says the same. */
  declare draft: Dial | undefined;
  /** Whether a change stands that the delay does not follow yet. */
  declare waits: boolean;
  /** The change that was sent last, and what the show may still say before it says that. */
  #sent: Dial | undefined;
  #passing: Dial[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  // The closed line says how it goes; where there is not room for all, the rounds are to be seen first.
  readonly #open = matchMedia("(min-width: 75rem) and (min-height: 64rem)").matches;

  constructor() {
    super();
    this.told = NOTHING;
    this.live = false;
    this.waits = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("playout");
    if (before && !sameDial(before, this.playout)) this.waits = this.live;
    if (!this.live || (before && before.target !== this.playout.target)) this.waits = false;
    if (this.#sent && (this.told.state === "refused" || !this.#passing.some(this.#stands))) this.#settle();
  }

  #stands = (one: Dial): boolean => sameDial(one, this.playout);

  /** The show has answered. What was set since then is not sent yet, and stays. */
  #settle(): void {
    if (this.draft === this.#sent) this.draft = undefined;
    this.#sent = undefined;
    this.#passing = [];
  }

  override render() {
    const { target } = this.playout;
    const all = everybody(this.playout);
    const of = t("dial.of", { n: this.playout.in_step ?? 0, all });
    return html`<details class="panel" ?open=${this.#open} data-testid="dial">
      <summary>${t("dial.title")} <span class="figure">${all ? of : ""}${all && target ? " · " : ""}${target ? seconds(target) : ""}</span></summary>
      <p class="now figure">${
        target
          ? html`<b data-testid="dial-target">${seconds(target)}</b><span>${t("dial.behind")}</span>`
          : html`<b data-testid="dial-target">${t("dial.unknown")}</b>`
      }</p>
      ${this.#note(all)} ${this.#lanes(all)} ${this.#control()} ${this.#figures()}</details>`;
  }

  get #dial(): Dial {
    return this.draft ?? this.playout;
  }

  /** One line whose place is always there. */
  #note(all: number): TemplateResult {
    const { state, why } = this.told;
    if (state === "refused") return html`<p class="note why" role="status">${t("refused", { why })}</p>`;
    const waits = this.live && (this.waits || this.draft !== undefined || this.#unlike());
    const word: Word = waits ? "dial.waits" : this.#unlike() || this.draft ? "dial.follows" : "dial.agreed";
    return html`<p class="note ${waits ? "waits" : ""}" role="status" data-testid="dial-note">${
      state === "sending" ? t("dial.sending") : t(all || waits ? word : "dial.nobody")
    }</p>`;
  }

  /** Whether a fixed delay is not what the pictures have. */
  #unlike(): boolean {
    const { fixed, target } = this.playout;
    return fixed > 0 && fixed !== target;
  }

  #lanes(all: number): TemplateResult {
    return html`<div class="bar" aria-hidden="true">${LANES.map(
      (lane) =>
        html`<i class=${lane} style="--n:${this.playout[lane] ?? 0}" ?hidden=${!all || !this.playout[lane]}></i>`,
    )}</div>
      <dl class="lanes figure" aria-label=${t("dial.people")}>${LANES.map(
        (lane) =>
          html`<div class=${lane}><i aria-hidden="true"></i><dt>${t(`dial.${lane}`)}</dt><dd data-testid="dial-${lane}">${say(this.playout[lane] ?? 0)}</dd></div>`,
      )}</dl>`;
  }

  #control(): TemplateResult {
    const fixed = this.#dial.fixed > 0;
    const way = (is: boolean, word: Word, set: () => void): TemplateResult =>
      html`<label><input type="radio" name="way" data-testid=${word.replace(".", "-")} .checked=${fixed === is} @change=${set} />${t(word)}</label>`;
    return html`<fieldset><legend class="unseen">${t("dial.way")}</legend>
      <div class="ways">
        ${way(false, "dial.auto", () => this.#set({ ...this.#dial, fixed: 0 }))}
        ${way(true, "dial.fixed", () => this.#set({ ...this.#dial, fixed: firstFixed(this.playout.target) }))}
      </div>
      <div class="panes"><div ?data-off=${fixed}>${this.#slider()}</div><div class="fixed" ?data-off=${!fixed}>${this.#exact()}</div></div>
    </fieldset>`;
  }

  #slider(): TemplateResult {
    const { share } = this.#dial;
    const place = placeOf(share);
    const words = shareWords(share);
    const stop = (name: keyof typeof NAMED): TemplateResult =>
      html`<button type="button" class="button plain" data-testid="dial-${name}" aria-pressed=${place === NAMED[name]}
        @click=${() => this.#set({ share: shareAt(NAMED[name]), fixed: 0 })}>${t(`dial.${name}`)}</button>`;
    return html`<output for="share" aria-hidden="true">${words}</output>
      <input id="share" type="range" min="0" max=${STOPS.length - 1} step="1" .value=${String(place)} data-testid="dial-share"
        aria-label=${t("dial.slider")} aria-valuetext=${words} @input=${this.#drag} @change=${this.#drop} />
      <div class="stops" role="group" aria-label=${t("dial.slider")}>${stop("fast")}${stop("most")}${stop("together")}</div>`;
  }

  #exact(): TemplateResult {
    const fixed = this.#dial.fixed || firstFixed(this.playout.target);
    const step = (way: 1 | -1, word: Word, sign: string): TemplateResult =>
      html`<button type="button" class="button" aria-label=${t(word)} @click=${() => this.#set({ ...this.#dial, fixed: stepped(fixed, way) })}>${sign}</button>`;
    return html`<label for="ms">${t("dial.ms")}</label>
      <div class="steps">${step(-1, "dial.less", "−")}
        <input id="ms" type="number" inputmode="numeric" min=${FIXED.least} max=${FIXED.most} step="10" .value=${String(Math.round(fixed / 1000))}
          aria-describedby="bounds" data-testid="dial-ms" @change=${this.#typed} />
        ${step(1, "dial.more", "+")}</div>
      <p id="bounds">${t("dial.hint", { least: FIXED.least, most: FIXED.most })}</p>`;
  }

  #figures(): TemplateResult {
    const { need_p50 = 0, need_p95 = 0, need_most = 0, last, error_p95 = 0 } = this.playout;
    const lines: [Word, number][] = [
      ["dial.need-p50", need_p50],
      ["dial.need-p95", need_p95],
      ["dial.need-most", need_most],
      ["dial.last", last],
      ["dial.error", error_p95],
    ];
    return html`<details class="figures"><summary>${t("dial.figures")}</summary>
      <dl class="figure">${lines.map(([word, us]) => html`<dt>${t(word)}</dt><dd>${us ? span(us) : "–"}</dd>`)}</dl></details>`;
  }

  #drag = (event: Event): void => {
    clearTimeout(this.#timer);
    this.draft = { share: shareAt((event.target as HTMLInputElement).valueAsNumber), fixed: 0 };
  };

  #drop = (event: Event): void => {
    this.#set({ share: shareAt((event.target as HTMLInputElement).valueAsNumber), fixed: 0 });
  };

  #typed = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const fixed = readFixed(input.value);
    if (fixed) this.#set({ ...this.#dial, fixed });
    else input.value = String(Math.round((this.#dial.fixed || firstFixed(this.playout.target)) / 1000));
  };

  #set(draft: Dial): void {
    this.draft = { share: draft.share, fixed: draft.fixed };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), SETTLE);
  }

  #send(): void {
    const { draft, playout } = this;
    if (!draft) return;
    if (sameDial(draft, this.#sent ?? playout)) {
      this.draft = this.#sent;
      return;
    }
    const before = [{ share: playout.share, fixed: playout.fixed }, ...(this.#sent ? [this.#sent] : [])];
    this.#passing = [...this.#passing, ...before].filter((one) => !sameDial(one, draft));
    this.#sent = draft;
    this.store.choose(DIAL, "", { type: "dial", ...draft }, null);
  }
}

customElements.define("oq-dial", OqDial);
