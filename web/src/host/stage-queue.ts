import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Store } from "../store";
import { sentence, t } from "../strings";
import { icon } from "../ui/icon";
import { base, buttons } from "../ui/styles";
import { Watch } from "../watch";
import type { DeskMsg, GuestInfo } from "../wire";
import { Focus } from "./focus";
import { panel } from "./panel.styles";
import { type Press, press, pressOf } from "./stage-press";
import { waited } from "./stage-words";
import { isolated } from "./words";

/** People on air at the most (engine/stage.py). */
const SEATS = 12;
const RULES = "stage.rules";

/** Whose hand is up, in the order in which they raised it: who is new stands at the end, and nothing moves under the finger. */
export class OqStageQueue extends LitElement {
  static override properties = {
    store: { attribute: false },
    desk: { attribute: false },
    now: { attribute: false },
    staff: { attribute: false },
  };
  static override styles = [
    base,
    buttons,
    panel,
    css`
      summary .figure {
        margin-inline: auto 0.8rem;
        color: var(--soft);
        font-size: 0.875rem;
        font-weight: 600;
      }
      .rules {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 0.3rem 1rem;
        margin-block-end: 0.4rem;
        font-size: 0.875rem;
      }
      .switch {
        display: inline-flex;
        align-items: center;
        gap: 0.6rem;
        min-block-size: var(--touch);
        padding: 0;
        border: 0;
        background: none;
        font-weight: 600;
      }
      .switch i {
        display: block;
        inline-size: 2.75rem;
        block-size: 1.625rem;
        padding: 3px;
        border-radius: 1rem;
        background: var(--raised);
        box-shadow: inset 0 0 0 1.5px var(--edge);
        transition: background var(--quick);
      }
      .switch i::before {
        content: "";
        display: block;
        block-size: 100%;
        aspect-ratio: 1;
        border-radius: 50%;
        background: var(--edge);
        transition: translate var(--quick) var(--ease);
      }
      .switch[aria-checked="true"] i {
        background: var(--good);
        box-shadow: none;
      }
      .switch[aria-checked="true"] i::before {
        background: var(--bg);
        translate: 1.125rem 0;
      }
      .switch:dir(rtl)[aria-checked="true"] i::before {
        translate: -1.125rem 0;
      }
      .switch[data-waits] i {
        opacity: 0.55;
      }
      .seats {
        display: inline-flex;
        align-items: center;
        gap: 0.25rem;
      }
      .seats b {
        min-inline-size: 1.6em;
        text-align: center;
      }
      .seats .button {
        min-inline-size: 2.5rem;
        min-block-size: 2.5rem;
        padding: 0;
      }
      li {
        display: grid;
        grid-template-columns: 1.5rem minmax(0, 1fr) auto auto;
        align-items: center;
        column-gap: 0.5rem;
        min-block-size: 4rem;
        padding-block: 0.4rem;
        border-block-start: 1px solid var(--line);
      }
      li[data-waits] .who {
        opacity: 0.55;
      }
      .place {
        color: var(--soft);
        font-weight: 700;
        text-align: center;
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 650;
        line-height: 1.25;
      }
      small {
        color: var(--soft);
        font-size: 0.75rem;
      }
      .topic {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        font-size: 0.8125rem;
        line-height: 1.3;
        overflow-wrap: anywhere;
      }
      .topic.none {
        color: var(--soft);
      }
      .invite {
        padding-inline: 0.9rem;
      }
      .dismiss {
        padding: 0;
        color: var(--soft);
      }
      .why {
        grid-column: 1 / -1;
        color: var(--bad);
        font-size: 0.875rem;
        font-weight: 650;
      }
    `,
  ];

  declare store: Store;
  declare desk: DeskMsg | undefined;
  /** Show time (µs). */
  declare now: number;
  declare staff: boolean;
  readonly #watch = new Watch(this);
  readonly #focus = new Focus(this, "li", "summary");

  override willUpdate(): void {
    this.#watch.store = this.store;
    this.#focus.before();
  }

  override updated(): void {
    this.#focus.after();
  }

  override render() {
    const { queue = [], waiting = queue.length, hands = false } = this.desk?.stage ?? {};
    const rest = waiting - queue.length;
    return html`<details class="panel" open data-testid="stage-queue"><summary>${t("crew.queue")} <span class="figure" data-testid="hands-up">${Math.max(waiting, queue.length)}</span></summary>
      ${this.staff ? this.#rules() : nothing}
      ${queue.length ? nothing : html`<p class="soft">${t(hands ? "crew.queue-none" : "crew.queue-off")}</p>`}
      <ol data-testid="queue">${repeat(
        queue,
        (one) => one.viewer,
        (one, i) => this.#row(one, i),
      )}</ol>
      ${rest > 0 ? html`<p class="soft">${t("crew.queue-more", { n: rest })}</p>` : nothing}</details>`;
  }

  #rules(): TemplateResult {
    const { hands = false, seats = 6 } = this.desk?.stage ?? {};
    const { doing, why } = pressOf(this.store.outbox, RULES, this.desk?.seq ?? 0);
    const shown = {
      hands: (doing?.["hands"] as boolean | undefined) ?? hands,
      seats: (doing?.["seats"] as number | undefined) ?? seats,
    };
    const set = (rules: Partial<typeof shown>): void =>
      press(this.store, { type: "stage-rules", ...shown, ...rules }, RULES);
    const step = (by: 1 | -1, label: string): TemplateResult =>
      html`<button class="button" aria-label=${label} ?disabled=${shown.seats + by < 1 || shown.seats + by > SEATS} data-testid="seats-${by > 0 ? "more" : "less"}"
        @click=${() => set({ seats: shown.seats + by })}>${by > 0 ? "+" : "−"}</button>`;
    return html`<div class="rules">
      <button class="switch" role="switch" aria-checked=${shown.hands ? "true" : "false"} data-testid="hands" ?data-waits=${doing !== undefined} @click=${() => set({ hands: !shown.hands })}><i></i>${t("crew.hands")}</button>
      <span class="seats" role="group" aria-label=${t("crew.seats")}><span>${t("crew.seats")}</span>${step(-1, t("crew.seat-less"))}<b class="figure" data-testid="seats">${shown.seats}</b>${step(1, t("crew.seat-more"))}</span>
      ${why ? html`<p class="why" role="alert">${sentence(why)}</p>` : nothing}</div>`;
  }

  #row(one: GuestInfo, i: number): TemplateResult {
    const { viewer, topic, since = 0 } = one;
    const told = pressOf(this.store.outbox, `stage.${viewer}.way`, this.desk?.seq ?? 0);
    const name = isolated(one.name);
    return html`<li data-key=${viewer} data-testid="hand-${viewer}" ?data-waits=${told.doing !== undefined}>
      <span class="place figure" aria-label=${t("crew.place", { n: i + 1 })}>${i + 1}</span>
      <div class="who"><p class="name">${name}</p>
        <p class="topic ${topic ? "" : "none"}"><small class="figure">${waited(since, this.now)}</small> · ${topic || t("crew.no-topic")}</p></div>
      ${this.staff ? this.#invite(one, told) : html`<span></span>`}
      <button class="button plain dismiss" data-testid="lower" aria-label=${t("crew.dismiss-of", { name })} aria-disabled=${told.doing !== undefined}
        @click=${() => told.doing ?? press(this.store, { type: "lower-hand-of", viewer })}>${icon("wrong")}</button>
      ${told.why ? html`<p class="why" role="alert">${sentence(told.why)}</p>` : nothing}</li>`;
  }

  #invite({ viewer, name }: GuestInfo, { doing }: Press): TemplateResult {
    return html`<button class="button invite" data-testid="invite" aria-label=${t("crew.invite-of", { name: isolated(name) })} aria-disabled=${doing !== undefined}
      @click=${() => doing ?? press(this.store, { type: "invite", viewer })}>${t(doing?.type === "invite" ? "crew.inviting" : "crew.invite")}</button>`;
  }
}

customElements.define("oq-stage-queue", OqStageQueue);
