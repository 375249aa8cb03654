import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { Chosen } from "../outbox";
import { t } from "../strings";
import { base, buttons, fields } from "../ui/styles";
import type { Button, Field, Form } from "../wire";
import { state } from "./state";
import type { View } from "./view";

const common = { block: { attribute: false }, view: { attribute: false }, chosen: { attribute: false } };

/** Typed input. What was typed stays until it is recorded. */
export class OqForm extends LitElement {
  static override properties = common;
  static override styles = [
    base,
    buttons,
    fields,
    css`
      form {
        display: grid;
        gap: 0.9em;
      }
      .field {
        display: grid;
        gap: 0.35em;
      }
      .check {
        display: flex;
        align-items: center;
        gap: 0.7em;
        min-block-size: var(--touch);
      }
      small {
        color: var(--soft);
        font-weight: 400;
      }
      .foot {
        min-block-size: 2.2em;
        padding-block-start: 0.5em;
        color: var(--soft);
      }
      .mine {
        font-size: 1.25em;
        font-weight: 700;
      }
    `,
  ];

  declare block: Form;
  declare view: View;
  declare chosen: Chosen;
  /** Whether what stands in the inputs is on its way. */
  #sent = false;

  override render() {
    const { fields, send, button } = this.block;
    if (!this.view.controls) return nothing;
    const value = this.chosen.value;
    return html`${
      send
        ? html`<form @submit=${this.#submit}>${fields.map((field) => this.#field(field))}
          <button class="button primary" data-testid="form-send" ?disabled=${!this.view.active || this.chosen.state === "sending"}>${button || t("form.send")}</button></form>`
        : nothing
    }
      ${value !== null && this.chosen.state !== "refused" ? html`<p class="mine" data-testid="form-value">${value}</p>` : nothing}
      <div class="foot" role="status" data-testid="choice-state" data-state=${this.chosen.state}>${state(this.chosen, Boolean(send))}</div>`;
  }

  override updated(): void {
    if (!this.#sent || this.chosen.state === "sending") return;
    this.#sent = false;
    if (this.chosen.state === "sent") this.renderRoot.querySelector("form")?.reset();
  }

  #field(field: Field): TemplateResult {
    const { name, label, kind = "text", most = 200, required = true } = field;
    const id = `f-${name}`;
    if (kind === "check")
      return html`<label class="check" for=${id}><input type="checkbox" id=${id} name=${name} data-testid="field-${name}" />${label}</label>`;
    const input =
      kind === "long"
        ? html`<textarea id=${id} name=${name} rows="3" maxlength=${most} ?required=${required} data-testid="field-${name}"></textarea>`
        : kind === "number"
          ? html`<input id=${id} name=${name} type="number" inputmode="decimal" step="any" ?required=${required} data-testid="field-${name}" />`
          : html`<input id=${id} name=${name} type="text" maxlength=${most} ?required=${required} autocomplete="off" data-testid="field-${name}" />`;
    return html`<div class="field"><label for=${id}>${label} ${required ? nothing : html`<small>${t("form.optional")}</small>`}</label>${input}</div>`;
  }

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const { send, fields } = this.block;
    if (!send || !this.view.active) return;
    const typed = Object.fromEntries(fields.map((field) => [field.name, read(form, field)]));
    const first = fields[0] ? typed[fields[0].name] : null;
    this.#sent = true;
    this.view.choose(
      this.block,
      { type: send.type, ...send.fixed, ...typed },
      typeof first === "boolean" ? null : (first ?? null),
    );
  };
}

function read(form: HTMLFormElement, field: Field): string | number | boolean {
  const input = form.elements.namedItem(field.name) as HTMLInputElement;
  if (field.kind === "check") return input.checked;
  return field.kind === "number" ? Number(input.value) : input.value;
}

/** One action at a tap. */
export class OqButton extends LitElement {
  static override properties = common;
  static override styles = [
    base,
    buttons,
    css`
      .button {
        inline-size: 100%;
        min-block-size: 3.5rem;
        font-size: 1.0625em;
      }
      .foot {
        padding-block-start: 0.4em;
        color: var(--soft);
        font-size: 0.9375em;
      }
    `,
  ];

  declare block: Button;
  declare view: View;
  declare chosen: Chosen;

  override render() {
    if (!this.view.controls) return nothing;
    const { label, primary, send } = this.block;
    return html`<button class="button ${primary ? "primary" : ""}" data-testid="button-${send.type}" ?disabled=${!this.view.active || this.chosen.state === "sending"}
        @click=${() => this.view.choose(this.block, { type: send.type, ...send.fixed }, null)}>${label}</button>
      ${this.chosen.state === "refused" ? html`<div class="foot" role="status">${state(this.chosen, true)}</div>` : nothing}`;
  }
}

customElements.define("oq-form", OqForm);
customElements.define("oq-button", OqButton);
