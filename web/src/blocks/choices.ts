import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Chosen } from "../outbox";
import { say, t } from "../strings";
import { icon } from "../ui/icon";
import { base, buttons } from "../ui/styles";
import type { Choices, Option } from "../wire";
import { optionStyles } from "./choices.styles";
import { token, tokens } from "./token";
import { actionOf, LETTERS, percent, type View } from "./view";

/** Options to choose from; the same rows then show the outcome, so that nothing jumps. */
export class OqChoices extends LitElement {
  static override properties = {
    block: { attribute: false },
    view: { attribute: false },
    chosen: { attribute: false },
    draft: { state: true },
  };
  static override styles = [base, buttons, tokens, optionStyles];

  declare block: Choices;
  declare view: View;
  declare chosen: Chosen;
  /** Marked but not sent yet, where several may be chosen. */
  declare draft: number[] | undefined;

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("block");
    if (before && (before.id !== this.block.id || before.options.length !== this.block.options.length))
      this.draft = undefined;
  }

  override render() {
    const { options, send } = this.block;
    const controls = this.view.controls;
    const words = Math.max(...options.map((option) => option.label.length));
    return html`<div class="options ${controls ? "" : "show"}" data-long=${words > 22 || nothing} data-many=${options.length > 4 || nothing}
        role=${send && controls ? "group" : "list"} aria-label=${t("choice.group")}>
        ${options.map((option, place) => (send && controls ? this.#button(option, place) : this.#row(option, place)))}
      </div>
      ${controls ? this.#foot() : nothing}`;
  }

  get #most(): number {
    return this.block.most ?? 1;
  }

  get #picked(): number[] {
    if (this.draft) return this.draft;
    const { value } = this.chosen;
    return Array.isArray(value) ? value : typeof value === "number" ? [value] : [];
  }

  get #fixed(): boolean {
    const done = this.chosen.state === "sending" || this.chosen.state === "sent";
    return !this.view.active || (this.block.keep === true && done && this.chosen.value !== null);
  }

  #button(option: Option, place: number): TemplateResult {
    const on = this.#picked.includes(place);
    return html`<button class="option" data-testid="option-${place}" data-on=${on || nothing} aria-pressed=${on}
      aria-disabled=${this.#fixed || nothing} @click=${() => this.#press(place)}>
      ${this.#inside(option, place, on)}
    </button>`;
  }

  #row(option: Option, place: number): TemplateResult {
    const on = this.#picked.includes(place) && this.view.controls;
    return html`<div class="option" role="listitem" data-testid="option-${place}" data-on=${on || nothing}
      data-verdict=${option.verdict || nothing}>${this.#inside(option, place, on)}</div>`;
  }

  #inside(option: Option, place: number, on: boolean): TemplateResult {
    const told = typeof option.share === "number";
    return html`${told ? html`<i class="fill" style="--share:${option.share}"></i>` : nothing}
      ${token(place)}
      ${option.image ? html`<img src=${option.image} alt="" loading="lazy" />` : nothing}
      <span class="label"><span class="unseen">${LETTERS[place]}: </span><bdi>${option.label}</bdi>${unseen(option, on)}</span>
      ${on && !told ? html`<span class="sign">${icon(this.chosen.state === "sending" ? "more" : "right")}</span>` : nothing}
      ${option.verdict === "right" || (option.verdict && on) ? html`<span class="sign ${option.verdict}">${icon(option.verdict)}</span>` : nothing}
      ${told ? figures(option) : nothing}`;
  }

  /** One line whose place is always there: what one may do, what became of it, how it was judged. */
  #foot(): TemplateResult {
    const several = this.block.send && this.#most > 1;
    return html`<div class="foot" data-testid="choice-state" data-state=${this.chosen.state} role="status">
        ${this.#said()}
      </div>
      ${
        several
          ? html`<button class="button primary" data-testid="choice-send" ?disabled=${!this.draft || this.#fixed || this.draft.length < (this.block.least ?? 1)}
            @click=${() => this.#send(this.draft ?? [])}>${t("choice.send")}</button>`
          : nothing
      }`;
  }

  #said(): TemplateResult | string {
    const { state, verdict, note, why } = this.chosen;
    if (state === "refused") return html`<span class="why">${icon("warn")} ${t("refused", { why })}</span>`;
    if (verdict)
      return html`<span class="verdict ${verdict}" data-testid="verdict">${icon(verdict)} ${t(`verdict.${verdict}`)} ${note ? html`<b class="figure">${note}</b>` : nothing}</span>`;
    if (state === "sending") return t("choice.sending");
    if (note) return note;
    if (!this.block.send) return "";
    if (state === "sent" && this.chosen.value !== null)
      return this.block.keep
        ? html`${icon("lock")} ${t("choice.final")}`
        : `${t("choice.sent")}. ${t("choice.change")}.`;
    return this.#most > 1 ? t("choice.most", { n: this.#most }) : "";
  }

  #press(place: number): void {
    if (this.#fixed) return;
    if (this.#most === 1) {
      this.#send(place);
      return;
    }
    const picked = this.#picked;
    if (picked.includes(place)) this.draft = picked.filter((one) => one !== place);
    else if (picked.length < this.#most) this.draft = [...picked, place];
  }

  #send(value: number | number[]): void {
    if (!this.block.send) return;
    this.draft = undefined;
    this.view.choose(this.block, actionOf(this.block.send, value), value);
  }
}

/** What signs and colours say, in words. */
function unseen(option: Option, on: boolean): TemplateResult | typeof nothing {
  const said = [option.verdict === "right" ? t("choice.answer") : "", on ? t("choice.yours") : ""].filter(
    Boolean,
  );
  return said.length > 0 ? html`<span class="unseen">, ${said.join(", ")}</span>` : nothing;
}

function figures(option: Option): TemplateResult {
  const count = typeof option.count === "number" ? html`<small>${say(option.count)}</small>` : nothing;
  return html`<span class="share figure">${percent(option.share ?? 0)}${count}</span>`;
}

customElements.define("oq-choices", OqChoices);
