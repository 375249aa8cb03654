import { css, html, LitElement } from "lit";
import { t } from "../strings";
import { base } from "../ui/styles";
import type { Custom } from "../wire";
import type { View } from "./view";

/** A web component of a format's package. It gets `props` and `view` as properties; without it a line says what is missing. */
export class OqCustom extends LitElement {
  static override properties = { block: { attribute: false }, view: { attribute: false } };
  static override styles = [
    base,
    css`
      p {
        color: var(--soft);
      }
    `,
  ];

  declare block: Custom;
  declare view: View;
  #made: (HTMLElement & { props?: unknown; view?: View }) | undefined;

  override render() {
    const { element, props } = this.block;
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(element) || !customElements.get(element)) {
      return html`<p>${t("custom.missing", { element })}</p>`;
    }
    if (this.#made?.localName !== element) this.#made = document.createElement(element);
    Object.assign(this.#made, { props: props ?? {}, view: this.view });
    return this.#made;
  }
}

customElements.define("oq-custom", OqCustom);
