import { css, html, LitElement, nothing } from "lit";
import type { OqScene } from "../blocks/scene";
import "../blocks/scene";
import { join, Refusal } from "../identity";
import { playable } from "../picture";
import { readCode, t } from "../strings";
import { brand } from "../ui/brand";
import { begin, reach } from "../ui/enter";
import { icon } from "../ui/icon";
import "../ui/join-box";
import { lamp, wordmark } from "../ui/lamp";
import "../ui/over";
import "../ui/picture";
import "../ui/status";
import { base } from "../ui/styles";
import { viewOf } from "../ui/view";
import { Watch } from "../watch";

/** The big screen of a hall: how to join, the picture, the scene in letters that are read from the last row. */
export class OqScreen extends LitElement {
  static override properties = { failed: { state: true } };
  static override styles = [
    base,
    lamp,
    wordmark,
    css`
      :host {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        gap: 1.4em;
        block-size: 100dvh;
        padding: 2.2em 2.6em;
        overflow: hidden;
        font-size: clamp(10px, min(1.3vw, 2.31vh), 96px);
      }
      header {
        display: flex;
        align-items: center;
        gap: 1em;
        color: var(--soft);
        font-size: 1.25em;
      }
      header h1 {
        flex: 1;
        min-inline-size: 0;
        font-size: 1em;
        font-weight: 650;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      header .wordmark {
        font-size: 1.375em;
      }
      .lamp {
        --size: 0.8em;
      }
      .people {
        display: inline-flex;
        align-items: center;
        gap: 0.4em;
        color: var(--ink);
        font-weight: 700;
      }
      main {
        display: grid;
        grid-template: "picture stage" auto "join stage" minmax(0, 1fr) / minmax(0, 47fr) minmax(0, 53fr);
        gap: 1.6em 2.8em;
        min-block-size: 0;
      }
      main[data-lobby] {
        grid-template: "join picture" auto "join stage" minmax(0, 1fr) / minmax(0, 1fr) minmax(0, 1fr);
      }
      main[data-blind] {
        grid-template: "join stage" minmax(0, 1fr) / minmax(0, 40fr) minmax(0, 60fr);
      }
      oq-picture {
        grid-area: picture;
        --picture-radius: 1em;
      }
      oq-join-box {
        grid-area: join;
        align-self: end;
        --qr: 11.5em;
        --url: 1.7em;
        --code: 2.5em;
      }
      main:is([data-lobby], [data-blind]) oq-join-box {
        align-self: center;
        --qr: 22em;
        --url: 2.1em;
        --code: 2.9em;
      }
      .stage {
        grid-area: stage;
        display: grid;
        align-content: center;
        contain: size;
      }
      oq-scene {
        font-size: calc(1.55em * var(--fit, 1));
        --gap: 1em;
        --heading: 2em;
        --text: 1.2em;
        --option-size: 1.12em;
        --option-height: 2.7em;
        --stat: 1.6em;
        --row-size: 1.15em;
        --words: 1.35em;
        --ring: 6em;
        --image: 34vh;
        --podium: 17em;
      }
      oq-scene[mood="final"] {
        --heading-align: center;
      }
      @media (max-aspect-ratio: 1) {
        :host {
          font-size: clamp(10px, 2.2vw, 60px);
        }
        main,
        main[data-lobby],
        main[data-blind] {
          grid-template: "picture" auto "stage" minmax(0, 1fr) "join" auto / minmax(0, 1fr);
        }
      }
    `,
  ];

  declare failed: Refusal | undefined;
  readonly #watch = new Watch(this);
  #fitted: unknown;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("resize", () => {
      this.#fitted = undefined;
      this.requestUpdate();
    });
    this.#enter().catch((error: unknown) => {
      if (error instanceof Refusal) this.failed = error;
    });
  }

  override render() {
    const store = this.#watch.store;
    if (this.failed) return html`<oq-over .code=${this.failed.code} .why=${this.failed.message}></oq-over>`;
    if (!store) return html``;
    const lobby = !store.scene?.segment;
    const picture = store.session.relay !== null && playable();
    const big = lobby || !picture;
    return html`<header>${brand}<span class="lamp ${store.scene?.scene.mood ?? "quiet"}"></span><h1>${store.session.show.title}</h1>
        <span class="people figure" data-testid="people">${icon("people")}${t("people", { n: store.people })}</span></header>
      <main ?data-lobby=${lobby} ?data-blind=${!picture}>
        ${picture ? html`<oq-picture bare .store=${store}></oq-picture>` : nothing}
        <oq-join-box ?big=${big} .session=${store.session}></oq-join-box>
        <div class="stage">
          <oq-scene data-testid="scene" .scene=${store.scene?.scene} .view=${viewOf(store, store.scene, "screen", "watch")}></oq-scene>
        </div>
      </main>
      <oq-connection .state=${store.linkState}></oq-connection>`;
  }

  override updated(): void {
    const stage = this.renderRoot.querySelector<HTMLElement>(".stage");
    if (stage && this.#fitted !== this.#watch.store?.scene) {
      this.#fitted = this.#watch.store?.scene;
      this.#fit(stage);
    }
  }

  /** All of the scene must be on the screen: its letters shrink until it is. */
  #fit(stage: HTMLElement): void {
    const scene = stage.querySelector<OqScene>("oq-scene");
    if (!scene) return;
    void scene.updateComplete.then(() =>
      requestAnimationFrame(() => {
        let fit = 1;
        stage.style.setProperty("--fit", "1");
        for (let tries = 0; tries < 4 && scene.offsetHeight > stage.clientHeight; tries += 1) {
          fit *= Math.max(0.6, (stage.clientHeight / scene.offsetHeight) * 0.98);
          stage.style.setProperty("--fit", String(fit));
        }
      }),
    );
  }

  async #enter(): Promise<void> {
    const code = readCode(decodeURIComponent(location.pathname.split("/")[2] ?? ""));
    document.documentElement.dataset["theme"] ??= new URLSearchParams(location.search).get("theme") ?? "dark";
    const session = await reach(
      () => join(code, "display"),
      () => {},
    );
    document.title = `${session.show.title} · oncue`;
    this.#watch.store = await begin(session, { remember: false, gated: true });
  }
}

customElements.define("oq-screen", OqScreen);
