import { css, html, LitElement } from "lit";
import { memory } from "../identity";
import { t } from "../strings";
import { icon } from "../ui/icon";
import { lamp } from "../ui/lamp";
import { base } from "../ui/styles";
import type { DeskStage } from "../wire";
import { counts, summary } from "./stage-words";

const OPEN = "stage-dock";

/** Where the stage is to be had. On a phone: a bar under the thumb that opens a sheet above it; elsewhere a part of the page. */
export class OqStageDock extends LitElement {
  static override properties = { stage: { attribute: false }, open: { state: true } };
  static override styles = [
    base,
    lamp,
    css`
      .bar {
        display: none;
      }
      .sheet {
        display: grid;
        gap: 1rem;
      }
      @media (max-width: 47.99rem) {
        .bar {
          position: fixed;
          z-index: 5;
          inset-inline: 0;
          inset-block-end: var(--dock, 0px);
          display: flex;
          align-items: center;
          gap: 0.6rem;
          inline-size: 100%;
          min-block-size: 3.25rem;
          padding: 0 1.1rem;
          border: 0;
          border-block-start: 1.5px solid var(--line);
          background: var(--surface);
          color: var(--ink);
          font: inherit;
          font-size: 0.9375rem;
          cursor: pointer;
          touch-action: manipulation;
        }
        .bar b {
          font-weight: 720;
        }
        .bar .figure {
          flex: 1;
          overflow: hidden;
          text-align: start;
          text-overflow: ellipsis;
          white-space: nowrap;
          color: var(--soft);
          font-weight: 600;
        }
        .bar[data-tone="ready"] .figure {
          color: var(--good);
          font-weight: 700;
        }
        .bar .lamp.ready {
          background: var(--good);
          box-shadow: none;
        }
        .bar .icon {
          transition: rotate var(--quick);
        }
        .bar[aria-expanded="true"] .icon {
          rotate: 180deg;
        }
        .sheet {
          position: fixed;
          z-index: 4;
          inset-inline: 0;
          inset-block-end: calc(var(--dock, 0px) + 3.25rem);
          max-block-size: calc(100dvh - var(--dock, 0px) - 8rem);
          padding: 0.6rem;
          overflow: auto;
          overscroll-behavior: contain;
          background: var(--bg);
          border-block-start: 1.5px solid var(--line);
          box-shadow: 0 -1rem 2.5rem var(--shade);
        }
        .sheet:not([data-open]) {
          display: none;
        }
      }
    `,
  ];

  declare stage: DeskStage | undefined;
  declare open: boolean;

  constructor() {
    super();
    this.open = memory.get(OPEN) === "open";
  }

  override render() {
    const all = counts(this.stage);
    const tone = all.ready ? "ready" : all.live ? "live" : "";
    return html`<div class="sheet" id="sheet" ?data-open=${this.open}><slot></slot></div>
      <button class="bar" data-testid="stage-bar" data-tone=${tone} aria-expanded=${this.open ? "true" : "false"} aria-controls="sheet" @click=${this.#toggle}>
        <span class="lamp ${tone}"></span><b>${t("crew.title")}</b><span class="figure">${summary({ ...all, coming: 0 })}</span>
        <span class="unseen">${t(this.open ? "crew.shut" : "crew.open")}</span>${icon("up")}</button>`;
  }

  #toggle = (): void => {
    this.open = !this.open;
    memory.set(OPEN, this.open ? "open" : "shut");
  };
}

customElements.define("oq-stage-dock", OqStageDock);
