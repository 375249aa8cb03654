import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { Store } from "../store";
import { t } from "../strings";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import { Watch } from "../watch";
import { type Listening, listen, listens } from "./stage-listen";

/** Between two looks at the level (ms). */
const LOOK = 80;

/** One guest as the crew sees them: picture and level from their green room. */
export class OqMonitor extends LitElement {
  static override properties = {
    store: { attribute: false },
    room: { attribute: false },
    name: { attribute: false },
    heard: { attribute: false },
    seen: { state: true },
  };
  static override styles = [
    base,
    css`
      :host {
        position: relative;
        aspect-ratio: 16 / 9;
        overflow: hidden;
        border-radius: calc(var(--r) * 0.7);
        background: #100e0b;
        color: #b9af9d;
      }
      canvas {
        display: block;
        inline-size: 100%;
        block-size: 100%;
        object-fit: contain;
      }
      p {
        position: absolute;
        inset: 0;
        display: grid;
        place-items: center;
        padding: 0.4rem 1rem 0.4rem 0.4rem;
        font-size: 0.6875rem;
        line-height: 1.2;
        text-align: center;
      }
      .ear {
        position: absolute;
        inset-block-end: 0;
        inset-inline-start: 0;
        display: grid;
        place-items: center;
        inline-size: 2.75rem;
        block-size: 2.75rem;
        padding: 0;
        border: 0;
        background: none;
        color: #f8f3e8;
        cursor: pointer;
      }
      .ear .icon {
        box-sizing: content-box;
        padding: 0.25rem;
        border-radius: 50%;
        background: #100e0ba6;
      }
      .ear[aria-pressed="true"] .icon {
        background: var(--lamp);
        color: var(--on-lamp);
      }
      .level {
        position: absolute;
        inset-block: 0.3rem;
        inset-inline-end: 0.3rem;
        inline-size: 0.375rem;
        overflow: hidden;
        border-radius: 0.2rem;
        background: #ffffff2e;
      }
      .level i {
        position: absolute;
        inset: 0;
        background: linear-gradient(0deg, #6fdc9a 0 65%, #ffb938 65% 88%, #ff9183 88%);
        clip-path: inset(calc(100% - var(--level, 0%)) 0 0 0);
      }
    `,
  ];

  declare store: Store;
  /** The secret path of their green room; empty: not known. */
  declare room: string;
  declare name: string;
  /** Whether their sound is to be heard here. */
  declare heard: boolean;
  /** Whether a picture has come. */
  declare seen: boolean;
  readonly #watch = new Watch(this);
  #play: Listening | undefined;
  #of: unknown[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#end();
  }

  override willUpdate(): void {
    this.#watch.store = this.store;
  }

  override render() {
    return html`<canvas width="320" height="180" role="img" aria-label=${t("crew.picture-of", { name: this.name })} data-testid="monitor"></canvas>
      ${this.seen ? nothing : html`<p>${t(listens(this.store.picture) ? "crew.waits-picture" : "crew.no-preview")}</p>`}
      ${this.room ? this.#ear() : nothing}<span class="level" aria-hidden="true"><i></i></span>`;
  }

  /** To hear them here; it says nothing of who else does. */
  #ear(): TemplateResult {
    return html`<button class="ear" data-testid="listen" aria-pressed=${this.heard ? "true" : "false"} aria-label=${t("crew.listen-of", { name: this.name })} title=${t("crew.listen")}
      @click=${() => this.dispatchEvent(new CustomEvent("oq-listen", { detail: !this.heard }))}>${icon(this.heard ? "sound" : "mute")}</button>`;
  }

  override updated(): void {
    const { picture } = this.store;
    if (this.#of[0] !== this.room || this.#of[1] !== picture) {
      this.#end();
      this.#of = [this.room, picture];
      this.#begin();
    }
    this.#play?.mute(!this.heard);
  }

  #begin(): void {
    const canvas = this.renderRoot.querySelector("canvas");
    if (!this.room || !canvas) return;
    this.#play = listen(this.store.picture, `${this.room}/guest`, canvas);
    if (this.#play) this.#timer = setInterval(() => this.#look(canvas), LOOK);
  }

  #end(): void {
    clearInterval(this.#timer);
    this.#play?.stop();
    this.#play = undefined;
    this.#of = [];
    if (this.seen) this.seen = false;
  }

  #look(canvas: HTMLCanvasElement): void {
    this.style.setProperty("--level", `${Math.round((this.#play?.level() ?? 0) * 100)}%`);
    if (!this.seen) this.seen = painted(canvas);
  }
}

/** Whether anything has been drawn on it. */
function painted(canvas: HTMLCanvasElement): boolean {
  const small = new OffscreenCanvas(4, 4).getContext("2d");
  small?.drawImage(canvas, 0, 0, 4, 4);
  return small?.getImageData(0, 0, 4, 4).data.some((_, i, all) => i % 4 === 3 && all[i] !== 0) ?? false;
}

customElements.define("oq-monitor", OqMonitor);
