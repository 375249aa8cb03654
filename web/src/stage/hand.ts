import { html, LitElement, nothing, type PropertyValues } from "lit";
import { t } from "../strings";
import { icon } from "../ui/icon";
import { base, buttons, fields } from "../ui/styles";
import type { Backstage } from "./backstage";
import { stageStyles } from "./stage.styles";

/** Raising one's hand, and waiting in the queue. */
export class OqHand extends LitElement {
  static override properties = {
    way: { attribute: false },
    state: { attribute: false },
    place: { attribute: false },
    asking: { state: true },
    sent: { state: true },
  };
  static override styles = [base, buttons, fields, stageStyles];

  declare way: Backstage;
  declare state: string;
  declare place: number;
  declare asking: boolean;
  declare sent: boolean;

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("state")) return;
    this.sent = false;
    this.asking = false;
  }

  override render() {
    if (this.state === "queue") return this.#queue();
    return this.asking
      ? this.#form()
      : html`<div class="panel"><button class="button" data-testid="hand" title=${t("stage.raise-hint")} @click=${this.#ask}>${icon("hand")} ${t("stage.raise")}</button></div>`;
  }

  #queue() {
    return html`<section class="panel" aria-labelledby="what" data-testid="queue"><div class="head">${icon("hand")}
        <div><h2 id="what">${t("stage.queue")}</h2>
          <p class="soft"><span data-testid="place">${this.place ? t("stage.place", { n: this.place }) : nothing}</span> ${t("stage.wait")}</p></div>
        <button class="button" data-testid="lower" ?disabled=${this.sent} @click=${this.#lower}>${t("stage.lower")}</button></div></section>`;
  }

  #form() {
    return html`<form class="panel" aria-labelledby="what" @submit=${this.#raise} @keydown=${this.#escape}>
      <h2 id="what"><label for="topic">${t("stage.topic")}</label></h2>
      <input id="topic" name="topic" maxlength="140" autocomplete="off" data-testid="topic" aria-describedby="hint" />
      <p class="soft" id="hint">${t("stage.topic-hint")}</p>
      <div class="row"><button class="button primary grow" data-testid="raise" ?disabled=${this.sent}>${t(this.sent ? "stage.raising" : "stage.raise-go")}</button>
        <button class="button" type="button" @click=${this.#cancel}>${t("stage.cancel")}</button></div></form>`;
  }

  #ask = async (): Promise<void> => {
    this.asking = true;
    await this.updateComplete;
    this.renderRoot.querySelector("input")?.focus();
  };

  #cancel = async (): Promise<void> => {
    this.asking = false;
    await this.updateComplete;
    this.renderRoot.querySelector("button")?.focus();
  };

  #escape = (event: KeyboardEvent): void => {
    if (event.key === "Escape") void this.#cancel();
  };

  #raise = (event: SubmitEvent): void => {
    event.preventDefault();
    const topic = this.renderRoot.querySelector("input")?.value.trim() ?? "";
    this.sent = true;
    this.way.act("raise-hand", { topic });
  };

  #lower = (): void => {
    this.sent = true;
    this.way.act("lower-hand");
  };
}

customElements.define("oq-hand", OqHand);
