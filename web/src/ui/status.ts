import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import type { LinkState } from "../link";
import { t, type Word } from "../strings";
import { announce } from "./announce";
import { base } from "./styles";

/** Shorter losses are nobody's concern (ms). */
const CALM = 1_000;

/** Says that the connection is lost, but only when it takes longer than a second. */
export class OqConnection extends LitElement {
  static override properties = { state: { attribute: false }, late: { state: true } };
  static override styles = [
    base,
    css`
      :host {
        position: fixed;
        z-index: 10;
        inset-block-start: calc(0.6rem + env(safe-area-inset-top));
        inset-inline: 0;
        display: grid;
        justify-content: center;
        pointer-events: none;
      }
      p {
        padding: 0.45rem 1.1rem;
        border-radius: 2rem;
        background: #100e0be6;
        color: #f8f3e8;
        font-weight: 600;
        font-size: 0.9375rem;
        box-shadow: 0 0 0 1.5px #ffffff33;
      }
    `,
  ];

  declare state: LinkState;
  declare late: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("state")) return;
    const fine = this.state === "live" || this.state === "closed";
    if (fine) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      if (this.late) announce(t("link.live"));
      this.late = false;
    } else {
      this.#timer ??= setTimeout(() => {
        this.late = true;
        announce(t("link.waiting"));
      }, CALM);
    }
  }

  override render() {
    const word: Word = this.state === "connecting" || this.state === "waiting" ? "link.waiting" : "link.live";
    return this.late ? html`<p data-testid="reconnecting">${t(word)}</p>` : nothing;
  }
}

customElements.define("oq-connection", OqConnection);
