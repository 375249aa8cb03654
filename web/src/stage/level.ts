import { css, html, LitElement } from "lit";
import type { Publisher } from "../publish/publisher";
import { t } from "../strings";
import { base } from "../ui/styles";

/** How often it is looked (ms). */
const LOOK = 80;
/** Louder than this is speech (of the whole scale). */
export const SPEECH = 0.35;

/** How loud one is. */
export class OqLevel extends LitElement {
  static override properties = { publisher: { attribute: false }, muted: { type: Boolean } };
  static override styles = [
    base,
    css`
      :host {
        block-size: 0.625rem;
        border-radius: 1rem;
        overflow: hidden;
        background: var(--raised);
        box-shadow: inset 0 0 0 1px var(--line);
      }
      div {
        block-size: 100%;
      }
      i {
        display: block;
        inline-size: 100%;
        block-size: 100%;
        border-radius: inherit;
        background: linear-gradient(90deg, var(--good) 75%, var(--lamp));
        clip-path: inset(0 100% 0 0 round 1rem);
      }
      :host([muted]) i {
        background: var(--edge);
      }
    `,
  ];

  declare publisher: Publisher | undefined;
  /** It is heard by nobody. */
  declare muted: boolean;
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => this.#look(), LOOK);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  override render() {
    return html`<div role="meter" aria-label=${t("stage.level")} aria-valuemin="0" aria-valuemax="10" aria-valuenow="0" data-testid="level"><i></i></div>`;
  }

  #look(): void {
    const level = this.publisher?.level ?? 0;
    const bar = this.renderRoot.querySelector("i");
    if (bar) bar.style.clipPath = `inset(0 ${(100 - level * 100).toFixed(1)}% 0 0 round 1rem)`;
    const now = String(Math.round(level * 10));
    const meter = this.renderRoot.querySelector("[role=meter]");
    if (meter?.getAttribute("aria-valuenow") !== now) meter?.setAttribute("aria-valuenow", now);
  }
}

customElements.define("oq-level", OqLevel);
