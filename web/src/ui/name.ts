import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { memory } from "../identity";
import type { Store } from "../store";
import { sentence, suggestion, t } from "../strings";
import { base, buttons, fields } from "./styles";

/** One field and one button: under which name one takes part. The show goes on around it. */
export class OqName extends LitElement {
  static override properties = {
    store: { attribute: false },
    joining: { type: Boolean },
    why: { attribute: false },
    name: { attribute: false },
    empty: { state: true },
  };
  static override styles = [
    base,
    buttons,
    fields,
    css`
      form {
        display: grid;
        gap: 0.75rem;
        padding: 1.25rem;
        border-radius: calc(var(--r) * 1.4);
        background: var(--surface);
        box-shadow: inset 0 0 0 1.5px var(--line), 0 8px 30px var(--shade);
      }
      label {
        font-size: 1.375rem;
        font-weight: 780;
        letter-spacing: -0.02em;
        line-height: 1.15;
      }
      .row {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0.6rem;
      }
      input {
        min-block-size: 3.5rem;
        font-size: 1.125rem;
        font-weight: 600;
      }
      .primary {
        min-block-size: 3.5rem;
        padding-inline: 1.6rem;
        font-size: 1.125rem;
      }
      .why {
        min-block-size: 1.4em;
      }
      @media (max-width: 22rem) {
        .row {
          grid-template-columns: 1fr;
        }
      }
    `,
  ];

  declare store: Store;
  declare joining: boolean;
  declare why: string;
  /** The name one has already, when it is to be changed. */
  declare name: string;
  declare empty: boolean;
  readonly #first = memory.get("name") || suggestion();

  override render() {
    const why = this.empty ? t("join.empty") : sentence(this.why);
    return html`<form @submit=${this.#go} novalidate>
      <label for="name">${t("join.title")}</label>
      <div class="row">
        <input id="name" name="name" data-testid="join-name" .value=${this.name || this.#first} maxlength="24" autocomplete="nickname" autocapitalize="words"
          spellcheck="false" enterkeyhint="go" aria-invalid=${Boolean(why)} aria-describedby="why" @input=${this.#type} />
        <button class="button primary" data-testid="join-go" ?disabled=${this.joining}>${t(this.name ? "me.save" : this.joining ? "join.going" : "join.go")}</button>
      </div>
      <p class="why" id="why" role="alert" data-testid="join-why">${why || nothing}</p>
    </form>`;
  }

  override firstUpdated(): void {
    if (this.name) this.renderRoot.querySelector("input")?.select();
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("why") && this.why) this.renderRoot.querySelector("input")?.select();
  }

  #type = (): void => {
    this.empty = false;
  };

  #go = (event: Event): void => {
    event.preventDefault();
    const name = this.renderRoot.querySelector("input")?.value.trim() ?? "";
    this.empty = name === "";
    if (name) this.store.join(name);
  };
}

customElements.define("oq-name", OqName);
