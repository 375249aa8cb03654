import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { t } from "../strings";
import type { ActionSpec } from "../wire";
import { base, buttons, fields } from "./styles";

/** What of JSON Schema the forms of actions use; anything else is typed as JSON. */
export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  enum?: (string | number)[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** `question_text` → `Question text`. */
export const words = (name: string): string => {
  const spaced = name.replaceAll(/[_-]+/g, " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};

/** A typed value as the schema wants it; `undefined` leaves the field out. Throws what JSON.parse throws. */
export function readTyped(schema: Schema, typed: string, checked: boolean): unknown {
  if (schema.type === "boolean") return checked;
  if (typed.trim() === "") return schema.type === "string" && schema.default === undefined ? "" : undefined;
  if (schema.enum) return schema.enum.find((one) => String(one) === typed);
  if (schema.type === "integer" || schema.type === "number") return Number(typed);
  if (schema.type === "array" && (schema.items?.type === "string" || !schema.items?.type))
    return lines(typed);
  return schema.type === "string" ? typed : JSON.parse(typed);
}

const lines = (typed: string): string[] =>
  typed
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

/** The form of one action, made from its schema. Fires `oq-send` with the action. */
export class OqSchemaForm extends LitElement {
  static override properties = { spec: { attribute: false }, why: { state: true } };
  static override styles = [
    base,
    buttons,
    fields,
    css`
      form {
        display: grid;
        gap: 0.8rem;
        padding-block: 0.25rem 0.75rem;
      }
      .field {
        display: grid;
        gap: 0.3rem;
      }
      .check {
        display: flex;
        gap: 0.6rem;
        align-items: center;
        min-block-size: var(--touch);
      }
      small {
        color: var(--soft);
        font-weight: 400;
      }
    `,
  ];

  declare spec: ActionSpec;
  declare why: string;

  override render() {
    const { properties = {}, required = [] } = this.spec.schema as Schema;
    return html`<form @submit=${this.#submit}>
      ${Object.entries(properties).map(([name, schema]) => this.#field(name, schema, required.includes(name)))}
      ${this.why ? html`<p class="why" role="alert">${this.why}</p>` : nothing}
      <button class="button" ?disabled=${this.spec.ready === false} data-testid="send-${this.spec.type}">${this.spec.title}</button>
    </form>`;
  }

  #field(name: string, schema: Schema, required: boolean): TemplateResult {
    const label = schema.title ?? words(name);
    const note = schema.description ? html`<small>${schema.description}</small>` : nothing;
    if (schema.type === "boolean") {
      return html`<label class="check"><input type="checkbox" name=${name} .checked=${schema.default === true} />${label} ${note}</label>`;
    }
    return html`<div class="field"><label for=${name}>${label} ${required ? nothing : html`<small>${t("form.optional")}</small>`}</label>
      ${this.#input(name, schema, required)}${note}</div>`;
  }

  #input(name: string, schema: Schema, required: boolean): TemplateResult {
    const first = schema.default === undefined || schema.default === null ? "" : String(schema.default);
    if (schema.enum) {
      return html`<select id=${name} name=${name}>${schema.enum.map((one) => html`<option value=${one} ?selected=${one === schema.default}>${words(String(one))}</option>`)}</select>`;
    }
    if (schema.type === "integer" || schema.type === "number") {
      return html`<input id=${name} name=${name} type="number" step=${schema.type === "integer" ? 1 : "any"} min=${schema.minimum ?? nothing}
        max=${schema.maximum ?? nothing} .value=${first} ?required=${required} />`;
    }
    if (schema.type === "string") {
      return html`<input id=${name} name=${name} maxlength=${schema.maxLength ?? nothing} .value=${first} ?required=${required} autocomplete="off" />`;
    }
    return html`<textarea id=${name} name=${name} rows="3" ?required=${required}></textarea>`;
  }

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const action: Record<string, unknown> = { type: this.spec.type };
    try {
      for (const [name, schema] of Object.entries((this.spec.schema as Schema).properties ?? {})) {
        const input = form.elements.namedItem(name) as HTMLInputElement;
        const value = readTyped(schema, input.value, input.checked);
        if (value !== undefined) action[name] = value;
      }
    } catch (error) {
      this.why = String(error);
      return;
    }
    this.why = "";
    this.dispatchEvent(new CustomEvent("oq-send", { detail: action, bubbles: true, composed: true }));
  };
}

customElements.define("oq-schema-form", OqSchemaForm);
