import { css, html, LitElement } from "lit";
import "../blocks/leaderboard";
import type { View } from "../blocks/view";
import { ask, Refusal } from "../identity";
import { t } from "../strings";
import { brand } from "../ui/brand";
import { wordmark } from "../ui/lamp";
import { base } from "../ui/styles";
import type { Leaderboard } from "../wire";

/** What GET /api/series/<id>/leaderboard answers. */
interface Board {
  title: string;
  shows: string[];
  players: number;
  standings: { place: number; name: string; score: number }[];
}

const AGAIN_MS = 10_000;
const FIRST = 20;
const HIDDEN = "•••";
const VIEW: View = {
  surface: "screen",
  viewer: 0,
  controls: false,
  active: false,
  time: () => 0,
  chosen: () => undefined as never,
  choose: () => {},
};

/** The leaderboard of several shows, as it is now: for a hall's screen and for phones. */
export class OqSeries extends LitElement {
  static override properties = { board: { state: true }, none: { state: true } };
  static override styles = [
    base,
    wordmark,
    css`
      :host {
        display: grid;
        align-content: start;
        justify-items: center;
        gap: 1.6em;
        min-block-size: 100dvh;
        padding: 2em 1.25em;
        font-size: clamp(15px, min(1.6vw, 2.6vh), 40px);
      }
      header {
        display: grid;
        justify-items: center;
        gap: 0.4em;
        text-align: center;
        color: var(--soft);
      }
      h1 {
        font-size: 2em;
        color: var(--ink);
        text-wrap: balance;
      }
      main {
        inline-size: min(100%, 42em);
      }
    `,
  ];

  declare board: Board | undefined;
  declare none: boolean;
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.dataset["theme"] ??= new URLSearchParams(location.search).get("theme") ?? "dark";
    this.#timer = setInterval(() => void this.load(), AGAIN_MS);
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  /** Ask for it anew; what cannot be reached stays as it was. */
  async load(): Promise<void> {
    const id = location.pathname.split("/")[2] ?? "";
    try {
      this.board = await ask<Board>(`/api/series/${encodeURIComponent(id)}/leaderboard?limit=${FIRST}`);
      this.none = false;
      document.title = `${this.board.title} · oncue`;
    } catch (error) {
      if (error instanceof Refusal && error.code === "series/unknown") this.none = true;
    }
  }

  override render() {
    if (this.none) return html`<header>${brand}</header><p role="alert">${t("series.none")}</p>`;
    if (!this.board) return html`<header>${brand}</header>`;
    const { title, shows, players, standings } = this.board;
    // Names that are hidden are many people's; all others are told apart by theirs.
    const rows = standings.map((one, i) => ({
      rank: one.place,
      name: one.name,
      score: one.score,
      viewer: one.name === HIDDEN ? -1 - i : 0,
    }));
    const block: Leaderboard = { block: "leaderboard", rows, players, podium: rows.length > 2 };
    return html`<header>${brand}<h1>${title}</h1><p class="figure">${t("series.shows", { n: shows.length })}</p></header>
      <main><oq-leaderboard .block=${block} .view=${VIEW}></oq-leaderboard></main>`;
  }
}

customElements.define("oq-series", OqSeries);
