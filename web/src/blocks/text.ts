import { css, html, LitElement } from "lit";
import { base } from "../ui/styles";
import type { Image, Text } from "../wire";

/** A sentence or two. */
export class OqText extends LitElement {
  static override properties = { block: { attribute: false } };
  static override styles = [
    base,
    css`
      p {
        font-size: var(--text, 1.0625em);
        max-inline-size: 60ch;
        white-space: pre-line;
        overflow-wrap: anywhere;
        text-wrap: pretty;
      }
      .quiet {
        color: var(--soft);
      }
      .good,
      .bad,
      .live {
        border-inline-start: 0.3em solid var(--tone);
        padding-inline-start: 0.8em;
        font-weight: 600;
      }
      .good {
        --tone: var(--good);
      }
      .bad {
        --tone: var(--bad);
      }
      .live {
        --tone: var(--lamp);
      }
    `,
  ];

  declare block: Text;

  override render() {
    return html`<p class=${this.block.tone ?? "plain"}><bdi>${this.block.text}</bdi></p>`;
  }
}

/** A still picture, whose place is kept while it loads. */
export class OqImage extends LitElement {
  static override properties = { block: { attribute: false } };
  static override styles = [
    base,
    css`
      img {
        display: block;
        inline-size: 100%;
        max-block-size: var(--image, 40vh);
        aspect-ratio: 16 / 9;
        object-fit: contain;
        border-radius: var(--r);
        background: var(--raised);
      }
    `,
  ];

  declare block: Image;

  override render() {
    return html`<img src=${this.block.src} alt=${this.block.alt} decoding="async" />`;
  }
}

customElements.define("oq-text", OqText);
customElements.define("oq-image", OqImage);
