import { css, html, LitElement } from "lit";
import type { Session } from "../identity";
import { t } from "../strings";
import { base } from "./styles";

/** How to get in: QR, address and code side by side. Sized by its font, for a desk as for a hall. */
export class OqJoinBox extends LitElement {
  static override properties = { session: { attribute: false }, big: { type: Boolean, reflect: true } };
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        align-items: center;
        gap: 1.1em;
      }
      img {
        display: block;
        inline-size: var(--qr, 8.5em);
        block-size: var(--qr, 8.5em);
        border-radius: 0.6em;
        background: #fff;
      }
      .where {
        display: grid;
        gap: 0.5em;
        min-inline-size: 0;
      }
      .url {
        font-size: var(--url, 1.125em);
        font-weight: 700;
        line-height: 1.15;
        overflow-wrap: anywhere;
      }
      .code {
        display: inline-flex;
        gap: 0.14em;
        font-family: var(--mono);
        font-size: var(--code, 1.5em);
        font-weight: 700;
        line-height: 1;
        direction: ltr;
      }
      .code span {
        display: grid;
        place-items: center;
        inline-size: 1.2em;
        padding-block: 0.28em;
        border-radius: 0.2em;
        background: var(--ink);
        color: var(--bg);
      }
      :host([big]) {
        grid-template-columns: 1fr;
        justify-items: center;
        text-align: center;
      }
      :host([big]) .where {
        justify-items: center;
      }
    `,
  ];

  declare session: Session;
  declare big: boolean;

  override render() {
    const { show, urls } = this.session;
    const host = urls.join.replace(/^https?:\/\//, "").replace(/\/j\/.*$/, "");
    return html`<img src="/j/${show.code}/qr.svg" alt=${t("screen.qr", { url: urls.join })} data-testid="qr" />
      <div class="where">
        <p class="kicker">${t("screen.join")}</p>
        <p class="url" data-testid="join-url">${host}</p>
        <p class="code" role="img" aria-label=${[...show.code].join(" ")} data-testid="join-code">${[...show.code].map((letter) => html`<span>${letter}</span>`)}</p>
      </div>`;
  }
}

customElements.define("oq-join-box", OqJoinBox);
