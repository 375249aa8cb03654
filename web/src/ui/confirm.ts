import { css, html, LitElement } from "lit";
import { t } from "../strings";
import { base, buttons } from "./styles";

/** Asks again before what cannot be undone. The safe answer has the focus. */
export class OqConfirm extends LitElement {
  static override properties = { what: { attribute: false }, why: { attribute: false } };
  static override styles = [
    base,
    buttons,
    css`
      dialog {
        inline-size: min(26rem, calc(100vw - 2rem));
        padding: 1.5rem;
        border: 1.5px solid var(--line);
        border-radius: calc(var(--r) * 1.4);
        background: var(--surface);
        color: var(--ink);
      }
      dialog::backdrop {
        background: #0009;
      }
      h2 {
        font-size: 1.375rem;
        letter-spacing: -0.02em;
        line-height: 1.2;
      }
      p {
        margin-block: 0.6rem 1.4rem;
        color: var(--soft);
      }
      .row {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 0.75rem;
      }
    `,
  ];

  declare what: string;
  declare why: string;
  #then: () => void = () => {};

  /** Opens, and does `then` only on yes. */
  ask(what: string, why: string, then: () => void): void {
    this.what = what;
    this.why = why;
    this.#then = then;
    this.requestUpdate();
    void this.updateComplete.then(() => this.#dialog?.showModal());
  }

  override render() {
    return html`<dialog aria-labelledby="what" data-testid="confirm">
      <h2 id="what">${this.what}</h2>
      <p>${this.why}</p>
      <div class="row">
        <button class="button" autofocus @click=${() => this.#dialog?.close()}>${t("host.no")}</button>
        <button class="button danger" data-testid="confirm-yes" @click=${this.#yes}>${t("host.yes")}</button>
      </div>
    </dialog>`;
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector("dialog");
  }

  #yes = (): void => {
    this.#dialog?.close();
    this.#then();
  };
}

customElements.define("oq-confirm", OqConfirm);
