import { css, html, LitElement, nothing } from "lit";
import "../blocks/scene";
import { join } from "../identity";
import { readCode } from "../strings";
import { begin, reach } from "../ui/enter";
import { base } from "../ui/styles";
import { viewOf } from "../ui/view";
import { Watch } from "../watch";

/**
 * Graphics over a picture that somebody else mixes (OBS): transparent, drawn for 1920 × 1080 and scaled with the window,
 * within the title-safe area (5 %). `?bare` leaves out the tag with the code.
 */
export class OqOverlay extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        position: fixed;
        inset: 0;
        padding: 5vh 5vw;
        font-size: calc(100vw / 1920 * 27);
        overflow: hidden;
        color: var(--ink);
        --surface: #1a1713;
        --row: #1a1713;
        --option: #1a1713;
      }
      .panel {
        position: absolute;
        inset-block-end: 5vh;
        inset-inline: 5vw;
        animation: in 420ms var(--ease);
      }
      .panel[data-kind="board"] {
        inset-inline-end: auto;
        inline-size: 25em;
      }
      oq-scene {
        padding: 1.1em 1.3em;
        border-radius: 0.7em;
        background: linear-gradient(var(--edge-light, var(--lamp)) 0 0) top / 100% 0.22em no-repeat #100e0bf0;
        --gap: 0.8em;
        --heading: 1.4em;
        --option-columns: repeat(2, minmax(0, 1fr));
        --ring: 4.4em;
        --corner: 1em;
        --option-height: 2.35em;
        --image: 26vh;
        --podium: 11em;
        --stat: 1.1em;
        --stat-flow: row-reverse;
      }
      oq-scene[mood="quiet"] {
        --edge-light: var(--edge);
      }
      .tag {
        position: absolute;
        inset-block-start: 5vh;
        inset-inline-end: 5vw;
        display: flex;
        align-items: center;
        gap: 0.7em;
        padding: 0.45em 0.5em 0.45em 0.9em;
        border-radius: 0.6em;
        background: #100e0bf0;
        font-weight: 650;
        font-size: 0.85em;
      }
      .tag b {
        padding: 0.2em 0.5em;
        border-radius: 0.35em;
        background: var(--lamp);
        color: var(--on-lamp);
        font-family: var(--mono);
        letter-spacing: 0.08em;
      }
      @keyframes in {
        from {
          opacity: 0;
          transform: translateY(1.2em);
        }
      }
      @media (prefers-reduced-motion: reduce) {
        .panel {
          animation: none;
        }
      }
    `,
  ];

  readonly #watch = new Watch(this);
  readonly #bare = new URLSearchParams(location.search).has("bare");

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.dataset["theme"] = "dark";
    this.#enter().catch(() => {});
  }

  override render() {
    const store = this.#watch.store;
    const scene = store?.scene;
    if (!store || !scene) return nothing;
    const blocks = scene.scene.blocks ?? [];
    const narrow = blocks.some((block) => block.block === "leaderboard" || block.block === "custom");
    const kind = narrow ? "board" : "third";
    const host = store.session.urls.join.replace(/^https?:\/\//, "").replace(/\/j\/.*$/, "");
    return html`${
      scene.segment
        ? html`<div class="panel" data-kind=${kind}><oq-scene data-testid="scene" quiet .scene=${scene.scene} .view=${viewOf(store, scene, "overlay", "watch")}></oq-scene></div>`
        : nothing
    }
      ${this.#bare || scene.scene.mood === "final" ? nothing : html`<div class="tag" data-testid="tag"><span>${host}</span><b>${store.session.show.code}</b></div>`}`;
  }

  async #enter(): Promise<void> {
    const code = readCode(decodeURIComponent(location.pathname.split("/")[2] ?? ""));
    const session = await reach(
      () => join(code, "display"),
      () => {},
    );
    this.#watch.store = await begin(session, { remember: false, gated: false });
  }
}

customElements.define("oq-overlay", OqOverlay);
