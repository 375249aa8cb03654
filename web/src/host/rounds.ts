import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { type Chosen, NOTHING } from "../outbox";
import type { Store } from "../store";
import { t } from "../strings";
import { icon } from "../ui/icon";
import { base, buttons } from "../ui/styles";
import type { AmendmentInfo, DeskMsg, RoundInfo } from "../wire";
import { download } from "./download";
import { panel } from "./panel.styles";
import { roundStyles } from "./rounds.styles";
import type { OqRuling } from "./ruling";
import "./ruling";
import { clockTime, concerns, details, isolated, keyOf, plainly, report, spread, titleOf } from "./words";

const SHOWN = 3;

/** The judged rounds, newest first: how fair each was, and rulings on them. */
export class OqRounds extends LitElement {
  static override properties = {
    store: { attribute: false },
    desk: { attribute: false },
    told: { attribute: false },
    may: { type: Boolean },
    opened: { state: true },
    all: { state: true },
    failed: { state: true },
  };
  static override styles = [base, buttons, panel, roundStyles];

  declare store: Store;
  declare desk: DeskMsg | undefined;
  /** What became of the ruling that was sent last. */
  declare told: Chosen;
  /** Whether this person may rule. */
  declare may: boolean;
  /** Whose details are shown. */
  declare opened: string;
  declare all: boolean;
  /** The round whose file could not be had, and why. */
  declare failed: { key: string; why: string } | undefined;
  /** What rulings are called: once ruled, a round does not offer them any more. */
  #names = new Map<string, string>();

  constructor() {
    super();
    this.told = NOTHING;
    this.opened = "";
  }

  override willUpdate(): void {
    for (const round of this.desk?.rounds ?? [])
      for (const { title, changes } of round.rulings ?? [])
        this.#names.set(named(round.segment, changes), title);
  }

  override render() {
    const rounds = [...(this.desk?.rounds ?? [])].reverse();
    const shown = this.all ? rounds : rounds.slice(0, SHOWN);
    return html`<details class="panel" open data-testid="rounds"><summary>${t("round.title")}</summary>
      ${rounds.length === 0 ? html`<p class="empty">${t("round.none")}</p>` : nothing}
      <ol>${repeat(shown, keyOf, (round) => this.#round(round))}</ol>
      ${
        rounds.length > SHOWN
          ? html`<button class="button plain more" aria-expanded=${Boolean(this.all)} @click=${() => {
              this.all = !this.all;
            }}>${this.all ? t("round.fewer") : t("round.more", { n: rounds.length })}</button>`
          : nothing
      }
      ${this.#rulings()}</details>
      <oq-ruling .store=${this.store} .told=${this.told} .amendments=${this.desk?.amendments ?? []}></oq-ruling>`;
  }

  #round(round: RoundInfo): TemplateResult {
    const key = keyOf(round);
    const open = this.opened === key;
    const ruled = (this.desk?.amendments ?? []).some((one) => concerns(one, round));
    const id = `round-${round.segment}-${round.number}`;
    return html`<li class="round" data-testid=${id} ?data-void=${round.void === true}>
      <div class="head">
        <button class="open" aria-expanded=${open} aria-controls=${id} aria-describedby="${id}-line" @click=${() => {
          this.opened = open ? "" : key;
        }}>
          <span class="title"><bdi>${titleOf(round)}</bdi></span>
          ${round.void || ruled ? html`<span class="tag">${t(round.void ? "round.void" : "round.ruled")}</span>` : nothing}
        </button>
        ${
          this.may && round.rulings?.length
            ? html`<button class="button" data-testid="rule-${round.segment}-${round.number}" aria-haspopup="dialog" aria-label=${t("round.rule-of", { title: isolated(titleOf(round)) })}
              @click=${() => this.#rule(round)}>${t("round.rule")}</button>`
            : nothing
        }
        <p class="line" id="${id}-line">${report(round)}</p>
      </div>
      <div id=${id} ?hidden=${!open}>${open ? this.#inside(round, key) : nothing}</div></li>`;
  }

  #inside(round: RoundInfo, key: string): TemplateResult {
    return html`<dl class="figures figure">
        <div class="wide"><dt>${t("round.delays")}</dt><dd>${strip(round)}${spread(round)}</dd></div>
        ${details(round).map(([word, value]) => html`<dt>${word}</dt><dd>${value}</dd>`)}
      </dl>
      <div class="foot"><button class="button" aria-label=${t("round.csv-of", { title: isolated(titleOf(round)) })} data-testid="csv"
        @click=${() => this.#save(round, key)}>${icon("down")} ${t("round.csv")}</button>
        <span class="why" role="alert">${this.failed?.key === key ? t("round.csv-failed", { why: this.failed.why }) : ""}</span></div>`;
  }

  #rulings(): TemplateResult | typeof nothing {
    const list = [...(this.desk?.amendments ?? [])].reverse();
    if (list.length === 0) return nothing;
    return html`<h3 id="rulings">${t("ruling.list")}</h3>
      <ol aria-labelledby="rulings" data-testid="rulings">${list.map((one) => this.#ruling(one))}</ol>`;
  }

  #ruling(one: AmendmentInfo): TemplateResult {
    const about = this.desk?.rounds?.find((round) => concerns(one, round));
    const name = this.#names.get(named(one.segment, one.changes)) ?? plainly(one.changes);
    return html`<li class="ruling" data-testid="ruling">
      <p><bdi>${name}</bdi></p>
      <p><bdi>${one.why}</bdi></p>
      <small>${about ? html`<bdi>${titleOf(about)}</bdi> · ` : nothing}${t("ruling.by", { when: clockTime(one.at), who: this.#who(one.by) })}</small></li>`;
  }

  #who(viewer: number): string {
    if (viewer === this.store.session.viewer) return t("ruling.by-you");
    const known = this.desk?.newest?.find((one) => one.viewer === viewer);
    return known ? isolated(known.name) : t("ruling.by-other");
  }

  #rule(round: RoundInfo): void {
    this.renderRoot.querySelector<OqRuling>("oq-ruling")?.ask(round);
  }

  async #save(round: RoundInfo, key: string): Promise<void> {
    this.failed = undefined;
    const { show, token } = this.store.session;
    const path = `/api/shows/${show.id}/segments/${encodeURIComponent(round.segment)}/rounds/${round.number}/fairness.csv`;
    try {
      await download(path, token);
    } catch (error) {
      this.failed = { key, why: error instanceof Error ? error.message : String(error) };
    }
  }
}

const named = (segment: string, changes: Record<string, unknown>): string =>
  JSON.stringify([segment, Object.entries(changes).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** The delays of a round, drawn; the words beside it say the same. */
function strip(round: RoundInfo): TemplateResult {
  const { delay_least = 0, delay_p50 = 0, delay_p95 = 0, delay_most = 0, target = 0 } = round;
  const most = Math.max(delay_most, target, 1) * 1.02;
  const part = (from: number, to: number, pale: number): TemplateResult =>
    html`<i style="--from:${from / most};--to:${to / most};--pale:${pale}%"></i>`;
  return html`<div class="strip" aria-hidden="true">${part(delay_least, delay_most, 75)}${part(delay_least, delay_p95, 50)}${part(delay_least, delay_p50, 0)}${
    target ? html`<b style="--from:${target / most}"></b>` : nothing
  }</div>`;
}

customElements.define("oq-rounds", OqRounds);
