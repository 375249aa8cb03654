import { css, html, LitElement, nothing } from "lit";
import { sentence, t } from "../strings";
import { brand } from "./brand";
import { wordmark } from "./lamp";
import { base, buttons } from "./styles";

/** The end of the way: why, and where to go from here. */
export class OqOver extends LitElement {
  static override properties = { code: { attribute: false }, why: { attribute: false } };
  static override styles = [
    base,
    buttons,
    wordmark,
    css`
      :host {
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 1.25rem;
        min-block-size: 100dvh;
        padding: 2rem;
        text-align: center;
      }
      .wordmark {
        font-size: 2.5rem;
        margin-block-end: 1.5rem;
      }
      h1 {
        font-size: 1.75rem;
        letter-spacing: -0.02em;
        line-height: 1.15;
        max-inline-size: 24ch;
        text-wrap: balance;
      }
      p {
        max-inline-size: 44ch;
        color: var(--soft);
      }
      nav {
        display: flex;
        flex-wrap: wrap;
        justify-content: center;
        gap: 0.75rem;
      }
    `,
  ];

  declare code: string;
  declare why: string;

  override render() {
    const unknown = this.code === "show/unknown";
    const gone = unknown || this.code === "show/closed" || this.code === "show/banned";
    return html`${brand}
      <h1>${unknown ? t("code.unknown") : t("over.title")}</h1>
      ${this.why && !unknown ? html`<p data-testid="over-why">${sentence(this.why)}</p>` : nothing}
      <nav>
        ${gone ? nothing : html`<button class="button primary" data-testid="again" @click=${() => location.reload()}>${t("over.again")}</button>`}
        <a class="button" href="/">${t("over.home")}</a>
      </nav>`;
  }
}

customElements.define("oq-over", OqOver);
