import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Store } from "../store";
import { sentence, t } from "../strings";
import { announce } from "../ui/announce";
import { Flip } from "../ui/flip";
import { icon } from "../ui/icon";
import { base, buttons } from "../ui/styles";
import { Watch } from "../watch";
import type { SeatInfo, StageInfo } from "../wire";
import {
  type Composition,
  compositionOf,
  inOrder,
  LAYOUTS,
  LOUDEST,
  levelled,
  moved,
  STEP,
  sameComposition,
} from "./composition";
import { drawing } from "./layout-drawing";
import { panel } from "./panel.styles";
import { mixStyles } from "./stage-mix.styles";
import { press, pressOf } from "./stage-press";
import { nameOf, PROGRAMME } from "./stage-words";
import { isolated } from "./words";

const MIX = "stage.mix";
/** Moves of a slider in a row are one change (ms). */
const SETTLE = 200;

/** How those on air are laid out and mixed. What is set covers what the show says, until it says the same. */
export class OqStageMix extends LitElement {
  static override properties = {
    store: { attribute: false },
    stage: { attribute: false },
    seq: { attribute: false },
    draft: { state: true },
  };
  static override styles = [base, buttons, panel, mixStyles];

  declare store: Store;
  declare stage: StageInfo | undefined;
  declare seq: number;
  declare draft: Composition | undefined;
  #sent = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #flip = new Flip(this, "li");
  readonly #watch = new Watch(this);

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  override willUpdate(_: PropertyValues<this>): void {
    this.#watch.store = this.store;
    this.#flip.before();
    const { doing, why } = pressOf(this.store.outbox, MIX, this.seq);
    const same = this.draft !== undefined && sameComposition(this.draft, compositionOf(this.stage));
    if (this.#sent && (why || same || !doing)) this.draft = undefined;
    if (!this.draft) this.#sent = false;
  }

  override updated(): void {
    this.#flip.after();
  }

  override render() {
    const shown = this.#shown;
    const { why } = pressOf(this.store.outbox, MIX, this.seq);
    return html`<fieldset class="layouts" role="radiogroup" ?data-waits=${this.#sent}><legend>${t("mix.layout")}</legend>${LAYOUTS.map(
      (one) =>
        html`<label class="layout"><input type="radio" name="layout" value=${one} .checked=${shown.layout === one} data-testid="layout-${one}"
            @change=${() => this.#set({ layout: one }, 0)} />${drawing(one)}<span>${t(`mix.${one}`)}</span></label>`,
    )}</fieldset>
      ${why ? html`<p class="why" role="alert">${sentence(why)}</p>` : nothing}
      ${this.#seats(shown)}`;
  }

  get #shown(): Composition {
    return this.draft ?? compositionOf(this.stage);
  }

  #seats(shown: Composition): TemplateResult {
    const seats = inOrder(this.stage?.seats ?? [], shown.order);
    if (seats.length === 0) return html`<p class="soft none">${t("mix.none")}</p>`;
    const duck = Math.round(shown.duck * 100);
    return html`<h3>${t("mix.order")}</h3>
      <ol data-testid="order">${repeat(
        seats,
        (one) => one.seat,
        (one, i) => this.#seat(one, i, seats.length, shown),
      )}</ol>
      ${
        seats.some((one) => one.seat === PROGRAMME)
          ? html`<label class="duck"><span>${t("mix.duck")}</span><output class="figure">${duck ? t("mix.share", { n: duck }) : t("mix.silent")}</output>
            <input type="range" min="0" max="1" step=${STEP} .value=${String(shown.duck)} data-testid="duck" aria-valuetext=${t("mix.share", { n: duck })}
              @input=${(event: Event) => this.#set({ duck: levelOf(event) })} /></label>`
          : nothing
      }`;
  }

  #seat(one: SeatInfo, i: number, all: number, shown: Composition): TemplateResult {
    const name = isolated(nameOf(one));
    const gain = shown.gains[one.seat] ?? 1;
    const main = shown.main ? shown.main === one.seat : i === 0;
    const said = gain ? t("mix.share", { n: Math.round(gain * 100) }) : t("mix.silent");
    const move = (by: 1 | -1): TemplateResult => {
      const end = by < 0 ? i === 0 : i === all - 1;
      return html`<button class="button plain" aria-disabled=${end} aria-label=${t(by < 0 ? "mix.up-of" : "mix.down-of", { name })} data-testid=${by < 0 ? "up" : "down"}
        @click=${() => this.#move(one, by)}>${icon(by < 0 ? "up" : "down")}</button>`;
    };
    return html`<li data-key=${one.seat} data-testid="seat-${one.seat}" @keydown=${(event: KeyboardEvent) => this.#keyed(event, one)}>
      <button class="button plain star" aria-pressed=${shown.main === one.seat} ?data-first=${main} aria-label=${t("mix.main-of", { name })} data-testid="main"
        @click=${() => this.#set({ main: shown.main === one.seat ? "" : one.seat }, 0)}>${icon("star")}</button>
      <span class="name">${name}</span>
      <span class="tools">${move(-1)}${move(1)}</span>
      <span class="gain"><input type="range" min="0" max=${LOUDEST} step=${STEP} .value=${String(gain)} data-testid="gain" list="gains" aria-label=${t("mix.gain-of", { name })} aria-valuetext=${said}
        style="--at:${gain / LOUDEST}" @input=${(event: Event) => this.#set({ gains: levelled(this.#shown.gains, one.seat, levelOf(event)) })}
        @dblclick=${() => this.#set({ gains: levelled(this.#shown.gains, one.seat, 1) })} /><output class="figure" aria-hidden="true">${said}</output></span></li>`;
  }

  #move(seat: SeatInfo, by: 1 | -1): void {
    const order = moved(this.#orderNow, seat.seat, by);
    announce(t("mix.moved", { name: nameOf(seat), n: order.indexOf(seat.seat) + 1 }));
    this.#set({ order }, 0);
  }

  get #orderNow(): string[] {
    return inOrder(this.stage?.seats ?? [], this.#shown.order).map((one) => one.seat);
  }

  #keyed(event: KeyboardEvent, seat: SeatInfo): void {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    this.#move(seat, event.key === "ArrowUp" ? -1 : 1);
  }

  #set(changed: Partial<Composition>, settle = SETTLE): void {
    this.draft = { ...this.#shown, order: this.#orderNow, ...changed };
    this.#sent = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), settle);
  }

  #send(): void {
    const { draft } = this;
    if (!draft) return;
    if (sameComposition(draft, compositionOf(this.stage))) {
      this.draft = undefined;
      return;
    }
    press(this.store, { type: "layout", ...draft }, MIX);
    this.#sent = true;
  }
}

const levelOf = (event: Event): number => (event.target as HTMLInputElement).valueAsNumber;

customElements.define("oq-stage-mix", OqStageMix);
