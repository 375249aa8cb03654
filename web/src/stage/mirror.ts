import { css, html, LitElement, nothing } from "lit";
import { t } from "../strings";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";

/** One's own picture, as a mirror shows it; a screen that is shared is not mirrored. */
export class OqMirror extends LitElement {
  static override properties = {
    stream: { attribute: false },
    straight: { type: Boolean },
    off: { type: Boolean },
  };
  static override styles = [
    base,
    css`
      :host {
        container-type: inline-size;
        position: relative;
        aspect-ratio: 16 / 9;
        overflow: hidden;
        border-radius: var(--r);
        background: #0b0a08;
        color: #d3c9b7;
      }
      video {
        inline-size: 100%;
        block-size: 100%;
        object-fit: cover;
        scale: -1 1;
      }
      :host([straight]) video {
        scale: none;
        object-fit: contain;
      }
      p {
        position: absolute;
        inset: 0;
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 0.3rem;
        padding: 0.5rem;
        background: #0b0a08;
        text-align: center;
        font-size: 0.875rem;
      }
      @container (max-width: 9rem) {
        p span {
          display: none;
        }
      }
    `,
  ];

  declare stream: MediaStream | undefined;
  declare straight: boolean;
  /** There is no picture now. */
  declare off: boolean;

  override render() {
    return html`<video autoplay muted playsinline .muted=${true} .srcObject=${this.stream ?? null} aria-label=${t("stage.preview")}></video>
      ${this.off ? html`<p>${icon("camera-off")}<span>${t("stage.preview-none")}</span></p>` : nothing}`;
  }
}

customElements.define("oq-mirror", OqMirror);
