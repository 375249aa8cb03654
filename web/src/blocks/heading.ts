import { css, html, LitElement, nothing } from "lit";
import { base } from "../ui/styles";
import type { Heading } from "../wire";

/** The line that one reads first. */
export class OqHeading extends LitElement {
  static override properties = { block: { attribute: false } };
  static override styles = [
    base,
    css`
      h2 {
        font-size: var(--heading, var(--xl));
        line-height: 1.12;
        font-weight: 780;
        letter-spacing: -0.022em;
        text-wrap: balance;
        overflow-wrap: anywhere;
      }
      :host {
        text-align: var(--heading-align, start);
      }
      .kicker {
        margin-block-end: 0.6em;
      }
    `,
  ];

  declare block: Heading;

  override render() {
    return html`${this.block.kicker ? html`<p class="kicker"><bdi>${this.block.kicker}</bdi></p>` : nothing}
      <h2 data-testid="scene-heading" tabindex="-1"><bdi>${this.block.text}</bdi></h2>`;
  }
}

customElements.define("oq-heading", OqHeading);
