import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Chosen } from "../outbox";
import { t } from "../strings";
import { announce } from "../ui/announce";
import { Flip } from "../ui/flip";
import { icon } from "../ui/icon";
import { base, buttons } from "../ui/styles";
import type { Option, Ranking, Rating } from "../wire";
import { state } from "./state";
import { token, tokens } from "./token";
import { actionOf, type View } from "./view";

const common = { block: { attribute: false }, view: { attribute: false }, chosen: { attribute: false } };

/** A scale from 1 to `steps`. */
export class OqRating extends LitElement {
  static override properties = common;
  static override styles = [
    base,
    buttons,
    css`
      .steps {
        display: grid;
        grid-template-columns: repeat(var(--steps), minmax(0, 1fr));
        gap: 0.4em;
      }
      .steps .button {
        padding: 0;
        min-inline-size: 0;
        min-block-size: max(3.25rem, 3em);
        font-size: 1.125em;
      }
      .steps .button[data-on] {
        background: var(--lamp);
        border-color: var(--lamp-edge);
        color: var(--on-lamp);
      }
      .ends {
        display: flex;
        justify-content: space-between;
        gap: 1em;
        margin-block-start: 0.4em;
        color: var(--soft);
        font-size: 0.9375em;
      }
      .scale {
        position: relative;
        block-size: 0.75em;
        margin-block: 2.2em 0.5em;
        border-radius: 1em;
        background: var(--raised);
        box-shadow: inset 0 0 0 1px var(--line);
      }
      .scale b {
        position: absolute;
        inset-block-end: 0.2em;
        inset-inline-start: var(--at);
        translate: -50% 0;
        font-size: 1.75em;
        line-height: 1;
      }
      .scale b:dir(rtl) {
        translate: 50% 0;
      }
      .scale i {
        position: absolute;
        inset-block: 0;
        inset-inline-start: 0;
        inline-size: var(--at);
        border-radius: inherit;
        background: var(--lamp);
        box-shadow: inset 0 0 0 1px var(--lamp-edge);
      }
      .foot {
        min-block-size: 2.2em;
        padding-block-start: 0.5em;
        color: var(--soft);
        font-size: 0.9375em;
      }
    `,
  ];

  declare block: Rating;
  declare view: View;
  declare chosen: Chosen;

  override render() {
    const { steps = 5, send, low, high, average } = this.block;
    const controls = this.view.controls;
    const at = average ? ((average - 1) / Math.max(1, steps - 1)) * 100 : 0;
    return html`${average ? html`<div class="scale" style="--at:${at}%" role="img" aria-label=${t("rating.average", { n: average.toFixed(1) })}><i></i><b class="figure">${average.toFixed(1)}</b></div>` : nothing}
      ${
        send && controls
          ? html`<div class="steps" style="--steps:${steps}" role="group" aria-label=${t("rating.group")}>
          ${Array.from({ length: steps }, (_, i) => i + 1).map((n) => this.#step(n, steps))}</div>`
          : nothing
      }
      ${low || high ? html`<div class="ends"><span>${low}</span><span>${high}</span></div>` : nothing}
      ${controls ? html`<div class="foot" role="status">${state(this.chosen, Boolean(send))}</div>` : nothing}`;
  }

  #step(n: number, steps: number) {
    const on = this.chosen.value === n;
    return html`<button class="button figure" data-testid="option-${n - 1}" aria-pressed=${on} data-on=${on || nothing}
      aria-label=${t("rating.of", { n, steps })} ?disabled=${!this.view.active} @click=${() => this.#send(n)}>${n}</button>`;
  }

  #send(n: number): void {
    if (this.block.send) this.view.choose(this.block, actionOf(this.block.send, n), n);
  }
}

/** Options to put in order, by buttons: no dragging is needed. */
export class OqRanking extends LitElement {
  static override properties = { ...common, order: { state: true } };
  static override styles = [
    base,
    buttons,
    tokens,
    css`
      ol {
        display: grid;
        gap: 0.5em;
      }
      li {
        display: flex;
        align-items: center;
        gap: 0.7em;
        min-block-size: 3.4em;
        padding-inline: 0.8em 0.4em;
        border-radius: var(--r);
        background: var(--surface);
        box-shadow: inset 0 0 0 1.5px var(--line);
      }
      .label {
        flex: 1;
        min-inline-size: 0;
        overflow-wrap: anywhere;
        line-height: 1.2;
      }
      .button {
        padding: 0;
      }
      .primary {
        inline-size: 100%;
        margin-block-start: 0.8em;
      }
      .share {
        font-weight: 750;
        padding-inline-end: 0.6em;
      }
      .foot {
        min-block-size: 2.2em;
        padding-block-start: 0.5em;
        color: var(--soft);
      }
    `,
  ];

  declare block: Ranking;
  declare view: View;
  declare chosen: Chosen;
  declare order: number[] | undefined;
  readonly #flip = new Flip(this, "li");

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.get("block") && changed.get("block")?.id !== this.block.id) this.order = undefined;
    this.#flip.before();
  }

  override updated(): void {
    this.#flip.after();
  }

  override render() {
    const controls = Boolean(this.block.send) && this.view.controls;
    return html`<ol aria-label=${t("ranking.group")}>
        ${repeat(
          this.#now(),
          (place) => place,
          (place, i) => this.#row(this.block.options[place], place, i, controls),
        )}
      </ol>
      ${controls ? html`<button class="button primary" data-testid="choice-send" ?disabled=${!this.view.active} @click=${this.#send}>${t("ranking.send")}</button>` : nothing}
      ${this.view.controls ? html`<div class="foot" role="status">${state(this.chosen, controls)}</div>` : nothing}`;
  }

  #now(): number[] {
    const sent = this.chosen.value;
    return (
      this.order ??
      (Array.isArray(sent) && sent.length > 0 && this.block.send ? sent : this.block.options.map((_, i) => i))
    );
  }

  #row(option: Option | undefined, place: number, i: number, controls: boolean) {
    if (!option) return nothing;
    const label = option.label;
    const last = i === this.block.options.length - 1;
    return html`<li data-key=${place} data-testid="option-${place}">${token(place)}<span class="label">${label}</span>
      ${option.count !== undefined && option.count !== null ? html`<span class="share figure">${option.count}</span>` : nothing}
      ${
        controls
          ? html`<button class="button plain" ?disabled=${i === 0 || !this.view.active} aria-label=${t("ranking.up", { label })} @click=${() => this.#move(i, -1)}>${icon("up")}</button>
          <button class="button plain" ?disabled=${last || !this.view.active} aria-label=${t("ranking.down", { label })} @click=${() => this.#move(i, 1)}>${icon("down")}</button>`
          : nothing
      }</li>`;
  }

  #move(from: number, by: number): void {
    const order = [...this.#now()];
    const [moving] = order.splice(from, 1);
    if (moving === undefined) return;
    order.splice(from + by, 0, moving);
    this.order = order;
    announce(t("ranking.now", { label: this.block.options[moving]?.label ?? "", n: from + by + 1 }));
  }

  #send = (): void => {
    const order = this.#now();
    this.order = undefined;
    if (this.block.send) this.view.choose(this.block, actionOf(this.block.send, order), order);
  };
}

customElements.define("oq-rating", OqRating);
customElements.define("oq-ranking", OqRanking);
