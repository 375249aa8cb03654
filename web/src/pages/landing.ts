import { css, html, LitElement } from "lit";
import { readCode, t } from "../strings";
import { brand } from "../ui/brand";
import { wordmark } from "../ui/lamp";
import { base, buttons } from "../ui/styles";

const LENGTH = 6;

/** One field: the show's code. */
export class OqLanding extends LitElement {
  static override properties = { typed: { state: true }, why: { state: true }, busy: { state: true } };
  static override styles = [
    base,
    buttons,
    wordmark,
    css`
      :host {
        display: grid;
        grid-template-rows: 1fr auto 2fr;
        justify-items: center;
        min-block-size: 100dvh;
        padding: max(1.5rem, env(safe-area-inset-top)) 1.25rem max(1.5rem, env(safe-area-inset-bottom));
      }
      .wordmark {
        font-size: clamp(3.25rem, 14vw, 6rem);
      }
      header {
        align-self: end;
        display: grid;
        justify-items: center;
        gap: 0.9rem;
        margin-block-end: clamp(2rem, 7vh, 4rem);
        text-align: center;
        color: var(--soft);
        font-size: 1.125rem;
      }
      main {
        inline-size: min(100%, 26rem);
      }
      form {
        display: grid;
        gap: 1.1rem;
      }
      label {
        font-weight: 650;
        text-align: center;
      }
      .code {
        position: relative;
        display: grid;
        direction: ltr;
      }
      .tiles {
        display: grid;
        grid-template-columns: repeat(6, 1fr);
        gap: clamp(0.3rem, 1.5vw, 0.5rem);
        font-family: var(--mono);
        font-size: clamp(1.75rem, 9vw, 2.5rem);
        font-weight: 700;
      }
      .tiles span {
        display: grid;
        place-items: center;
        block-size: 1.7em;
        border-radius: var(--r);
        background: var(--surface);
        box-shadow: inset 0 0 0 1.5px var(--edge);
      }
      .tiles .next {
        box-shadow: inset 0 0 0 1.5px var(--edge);
      }
      .code:focus-within .next {
        box-shadow: inset 0 0 0 3px var(--lamp-edge);
      }
      .code:focus-within .next::after {
        content: "";
        inline-size: 2px;
        block-size: 0.9em;
        background: var(--ink);
        animation: blink 1.1s steps(1) infinite;
      }
      @keyframes blink {
        50% {
          opacity: 0;
        }
      }
      input {
        position: absolute;
        inset: 0;
        inline-size: 100%;
        border: 0;
        padding: 0;
        background: transparent;
        color: transparent;
        caret-color: transparent;
        font: 600 1.25rem var(--mono);
        text-transform: uppercase;
      }
      input:focus-visible {
        outline: none;
      }
      .go {
        min-block-size: 3.75rem;
        font-size: 1.25rem;
      }
      .under {
        min-block-size: 3em;
        text-align: center;
        color: var(--soft);
      }
      .why {
        color: var(--bad);
        font-weight: 600;
      }
      @media (prefers-reduced-motion: reduce) {
        .next::after {
          animation: none !important;
        }
      }
    `,
  ];

  declare typed: string;
  declare why: string;
  declare busy: boolean;

  constructor() {
    super();
    this.typed = readCode(new URLSearchParams(location.search).get("code") ?? "");
    this.why = "";
    this.busy = false;
  }

  override render() {
    return html`<header><h1>${brand}</h1><p>${t("app.tagline")}</p></header>
      <main><form @submit=${this.#go} novalidate>
        <label for="code">${t("code.label")}</label>
        <div class="code">
          <div class="tiles" aria-hidden="true">${Array.from({ length: LENGTH }, (_, i) => html`<span class=${i === this.typed.length ? "next" : ""}>${this.typed[i] ?? ""}</span>`)}</div>
          <input id="code" data-testid="code" .value=${this.typed} @input=${this.#type} autocomplete="off" autocapitalize="characters"
            spellcheck="false" enterkeyhint="go" autofocus aria-describedby="under" aria-invalid=${Boolean(this.why)} />
        </div>
        <button class="button primary go" data-testid="code-go" ?disabled=${this.busy}>${t("code.go")}</button>
        <p class="under" id="under" role="status">${this.why ? html`<span class="why">${this.why}</span>` : t("code.hint")}</p>
      </form></main>`;
  }

  override firstUpdated(): void {
    if (matchMedia("(pointer: fine)").matches) this.renderRoot.querySelector("input")?.focus();
  }

  #type = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    // A pasted link is as good as its code.
    const link = /\/j\/([^/?#]+)/.exec(input.value);
    this.typed = readCode(link?.[1] ?? input.value);
    input.value = this.typed;
    this.why = "";
  };

  #go = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.typed.length < LENGTH) {
      this.why = t("code.short");
      this.renderRoot.querySelector("input")?.focus();
      return;
    }
    this.busy = true;
    const found = await fetch(`/j/${this.typed}/qr.svg`, { method: "GET" }).catch(() => undefined);
    if (found?.status === 404) {
      this.busy = false;
      this.why = t("code.unknown");
      this.renderRoot.querySelector("input")?.focus();
    } else {
      location.assign(`/j/${this.typed}`);
    }
  };
}

customElements.define("oq-landing", OqLanding);
