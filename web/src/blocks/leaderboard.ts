import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { say, t } from "../strings";
import { Flip } from "../ui/flip";
import { base } from "../ui/styles";
import type { Leaderboard, Standing } from "../wire";
import { boardStyles } from "./leaderboard.styles";
import type { View } from "./view";

const keyOf = (row: Standing): string => (row.viewer ? String(row.viewer) : row.name);

/** The first few, best first. Rows move to their new places. */
export class OqLeaderboard extends LitElement {
  static override properties = { block: { attribute: false }, view: { attribute: false } };
  static override styles = [base, boardStyles];

  declare block: Leaderboard;
  declare view: View;
  readonly #flip = new Flip(this, "li");

  override render() {
    const { rows, players, podium } = this.block;
    const first = podium ? rows.slice(0, 3) : [];
    return html`${first.length > 0 ? html`<ol class="podium" aria-label=${t("board.label")}>${[...first].map((row, i) => this.#step(row, i))}</ol>` : nothing}
      <ol class="rows" aria-label=${t("board.label")} data-testid="leaderboard">
        ${repeat(rows.slice(first.length), keyOf, (row, i) => this.#row(row, i + first.length))}
      </ol>
      ${players ? html`<p class="players figure">${t("board.players", { n: players })}</p>` : nothing}`;
  }

  override willUpdate(): void {
    this.#flip.before();
  }

  override updated(): void {
    this.#flip.after();
  }

  #row(row: Standing, place: number): TemplateResult {
    const mine = row.viewer !== undefined && row.viewer === this.view.viewer && row.viewer !== 0;
    return html`<li data-key=${keyOf(row)} data-moved=${row.moved ?? 0} data-mine=${mine || nothing} data-testid="leaderboard-row-${place}">
      <span class="rank figure">${row.rank}</span>
      ${moved(row.moved ?? 0)}
      <span class="name" data-testid="leaderboard-name"><bdi>${row.name}</bdi>${mine ? html` <em>${t("board.you")}</em>` : nothing}</span>
      <span class="gained figure">${row.gained ? `+${say(row.gained)}` : nothing}</span>
      <span class="score figure" data-testid="leaderboard-score">${say(row.score)}</span>
    </li>`;
  }

  #step(row: Standing, place: number): TemplateResult {
    const mine = row.viewer !== undefined && row.viewer === this.view.viewer && row.viewer !== 0;
    return html`<li class="step p${place}" data-mine=${mine || nothing} data-testid="leaderboard-row-${place}">
      <span class="name" data-testid="leaderboard-name"><bdi>${row.name}</bdi></span>
      <span class="score figure" data-testid="leaderboard-score">${say(row.score)}</span>
      <span class="block figure"><span class="rank">${row.rank}</span></span>
    </li>`;
  }
}

function moved(places: number): TemplateResult {
  if (!places) return html`<span class="moved"></span>`;
  const said = places > 0 ? t("board.up", { n: places }) : t("board.down", { n: -places });
  return html`<span class="moved ${places > 0 ? "up" : "down"}"><span aria-hidden="true">${places > 0 ? "▲" : "▼"}${Math.abs(places)}</span><span class="unseen">${said}</span></span>`;
}

customElements.define("oq-leaderboard", OqLeaderboard);
