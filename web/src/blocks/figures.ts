import { css, html, LitElement, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { t } from "../strings";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import type { Bars, Stats, Words } from "../wire";

/** A few figures side by side. */
export class OqStats extends LitElement {
  static override properties = { block: { attribute: false } };
  static override styles = [
    base,
    css`
      dl {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5em 2em;
        margin: 0;
      }
      div {
        display: flex;
        flex-direction: var(--stat-flow, column-reverse);
        justify-content: start;
        align-items: baseline;
        column-gap: 0.45em;
      }
      dt {
        font-size: var(--s);
        color: var(--soft);
      }
      dd {
        margin: 0;
        font-size: var(--stat, 1.25em);
        font-weight: 750;
        line-height: 1.15;
        letter-spacing: -0.01em;
      }
      .good dd {
        color: var(--good);
      }
      .bad dd {
        color: var(--bad);
      }
      .live dd {
        color: var(--lamp-ink);
      }
      .quiet dd {
        color: var(--soft);
      }
    `,
  ];

  declare block: Stats;

  override render() {
    return html`<dl class="figure">${this.block.stats.map(
      (stat) =>
        html`<div class=${stat.tone ?? "plain"} data-testid="stat"><dt><bdi>${stat.label}</bdi></dt><dd><bdi>${stat.value}</bdi></dd></div>`,
    )}</dl>`;
  }
}

/** A bar chart, in the order given. */
export class OqBars extends LitElement {
  static override properties = { block: { attribute: false } };
  static override styles = [
    base,
    css`
      ul {
        display: grid;
        gap: 0.7em;
      }
      .line {
        display: flex;
        justify-content: space-between;
        gap: 1em;
        margin-block-end: 0.25em;
        font-weight: 620;
      }
      .value {
        font-weight: 750;
      }
      .bar {
        block-size: 0.75em;
        border-radius: 0.4em;
        background: var(--raised);
        box-shadow: inset 0 0 0 1px var(--line);
        overflow: hidden;
      }
      .bar i {
        display: block;
        block-size: 100%;
        inline-size: calc(var(--share) * 100%);
        min-inline-size: 3px;
        background: var(--ink);
        border-radius: inherit;
        transition: inline-size var(--calm) var(--ease);
      }
      .right .bar i {
        background: var(--good);
      }
      .icon {
        vertical-align: -0.25em;
      }
      .right .icon {
        color: var(--good);
      }
      .wrong .icon {
        color: var(--bad);
      }
    `,
  ];

  declare block: Bars;

  override render() {
    return html`<ul aria-label=${t("bars.label")}>${this.block.bars.map(
      (bar) => html`<li class=${bar.verdict || "plain"}>
        <div class="line"><span>${bar.verdict ? icon(bar.verdict) : nothing} ${bar.label}</span><span class="value figure">${bar.value}</span></div>
        <div class="bar" aria-hidden="true"><i style="--share:${bar.share}"></i></div>
      </li>`,
    )}</ul>`;
  }
}

/** A word cloud: the more often, the larger; the order is theirs, the most said in the middle. */
export class OqWords extends LitElement {
  static override properties = { block: { attribute: false } };
  static override styles = [
    base,
    css`
      ul {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        align-content: center;
        justify-content: center;
        gap: 0.1em 0.7em;
        min-block-size: 8em;
      }
      li {
        font-size: calc(var(--words, 1em) * var(--size));
        font-weight: calc(450 + 330 * var(--heat));
        line-height: 1.15;
        letter-spacing: -0.015em;
        color: color-mix(in oklab, var(--soft), var(--ink) calc(var(--heat) * 100%));
        transition: font-size var(--calm) var(--ease);
        overflow-wrap: anywhere;
      }
      li.top {
        color: var(--lamp-ink);
      }
    `,
  ];

  declare block: Words;

  override render() {
    const words = [...this.block.words].sort((a, b) => b.count - a.count);
    const most = Math.max(1, words[0]?.count ?? 1);
    const middle = words
      .filter((_, i) => i % 2 === 1)
      .reverse()
      .concat(words.filter((_, i) => i % 2 === 0));
    return html`<ul aria-label=${t("words.label")}>${repeat(
      middle,
      (word) => word.text,
      (word) => {
        const heat = Math.sqrt(word.count / most);
        return html`<li class=${word === words[0] ? "top" : ""} style="--heat:${heat};--size:${0.9 + 2.1 * heat}">
          <span aria-hidden="true">${word.text}</span><span class="unseen">${t("words.said", { text: word.text, n: word.count })}</span></li>`;
      },
    )}</ul>`;
  }
}

customElements.define("oq-stats", OqStats);
customElements.define("oq-bars", OqBars);
customElements.define("oq-words", OqWords);
