import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { type Chosen, NOTHING } from "../outbox";
import type { Store } from "../store";
import { t } from "../strings";
import { announce } from "../ui/announce";
import { base, buttons, fields } from "../ui/styles";
import type { AmendmentInfo, RoundInfo, Ruling } from "../wire";
import { isolated, keyOf, titleOf } from "./words";

/** Names rulings in the store's outbox. */
export const RULING = "ruling";
/** Letters of a reason. */
const LONGEST = 200;

/** Rules on a judged round: what counts instead, and why. Open until the show has taken it. */
export class OqRuling extends LitElement {
  static override properties = {
    store: { attribute: false },
    told: { attribute: false },
    amendments: { attribute: false },
    round: { state: true },
    picked: { state: true },
    why: { state: true },
    missing: { state: true },
    sent: { state: true },
    refused: { state: true },
  };
  static override styles = [
    base,
    buttons,
    fields,
    css`
      dialog {
        inline-size: min(30rem, calc(100vw - 1.5rem));
        max-block-size: calc(100dvh - 1.5rem);
        padding: 0;
        border: 1.5px solid var(--line);
        border-radius: calc(var(--r) * 1.4);
        background: var(--surface);
        color: var(--ink);
        overscroll-behavior: contain;
      }
      dialog::backdrop {
        background: #0009;
      }
      form {
        padding: 1.25rem 1.25rem 0;
      }
      h2 {
        font-size: 1.375rem;
        letter-spacing: -0.02em;
        line-height: 1.2;
      }
      .of {
        padding-block: 0.3rem 0.9rem;
        color: var(--soft);
        overflow-wrap: anywhere;
      }
      fieldset {
        min-inline-size: 0;
        margin: 0;
        padding: 0;
        border: 0;
      }
      legend,
      .field label {
        padding: 0;
        font-weight: 700;
      }
      .choice {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        align-items: center;
        gap: 0.8rem;
        min-block-size: var(--touch);
        margin-block-start: 0.45rem;
        padding: 0.5rem 0.9rem;
        border: 1.5px solid var(--edge);
        border-radius: var(--r);
        font-weight: 560;
        line-height: 1.2;
        overflow-wrap: anywhere;
        cursor: pointer;
      }
      .choice:has(:checked) {
        border-color: var(--ink);
        box-shadow: inset 0 0 0 1.5px var(--ink);
        font-weight: 700;
      }
      .choice:has(:focus-visible) {
        outline: 3px solid var(--lamp-ink);
        outline-offset: 2px;
      }
      .choice input {
        inline-size: 1.375rem;
        block-size: 1.375rem;
        min-block-size: 0;
        margin: 0;
        padding: 0;
        accent-color: var(--ink);
        outline: none;
      }
      .field {
        display: grid;
        gap: 0.35rem;
        padding-block-start: 1.1rem;
      }
      .label {
        display: flex;
        justify-content: space-between;
        gap: 1rem;
      }
      textarea {
        display: block;
        block-size: 4.75rem;
        resize: none;
      }
      textarea[aria-invalid="true"] {
        border-color: var(--bad);
      }
      .hint {
        color: var(--soft);
        font-size: 0.875rem;
      }
      .effect {
        margin-block-start: 1rem;
        padding-inline-start: 0.8rem;
        border-inline-start: 0.3rem solid var(--lamp);
        font-weight: 560;
        text-wrap: pretty;
      }
      .problem {
        display: grid;
        align-items: center;
        min-block-size: 3.4rem;
        color: var(--bad);
        font-size: 0.9375rem;
        font-weight: 650;
        line-height: 1.3;
      }
      /* Always in sight, however many choices there are. */
      .row {
        position: sticky;
        inset-block-end: 0;
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 0.75rem;
        padding-block: 0.25rem 1.25rem;
        background: var(--surface);
      }
      .primary[aria-disabled="true"] {
        background: var(--raised);
        color: var(--soft);
        box-shadow: none;
      }
    `,
  ];

  declare store: Store;
  declare told: Chosen;
  declare amendments: AmendmentInfo[];
  /** As it was when it was opened: nothing moves under the thumb. */
  declare round: RoundInfo | undefined;
  declare picked: Ruling | undefined;
  declare why: string;
  declare missing: "" | "pick" | "why";
  /** A ruling is under way: there were so many like it before. */
  declare sent: { before: number } | undefined;
  /** Why it was not accepted. */
  declare refused: string;

  constructor() {
    super();
    this.told = NOTHING;
    this.amendments = [];
    this.why = "";
    this.missing = "";
    this.refused = "";
  }

  /** Opens for a round; for the one that is being ruled on, if there is one. What was typed for the same round before is still there. */
  ask(round: RoundInfo): void {
    if (!this.sent) this.#begin(round);
    void this.updateComplete.then(() => this.#dialog?.showModal());
  }

  #begin(round: RoundInfo): void {
    if (!this.round || keyOf(this.round) !== keyOf(round)) {
      this.why = "";
      this.picked = undefined;
    }
    this.round = round;
    this.picked = round.rulings?.find((one) => one.title === this.picked?.title);
    this.missing = "";
    this.refused = "";
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!this.sent) return;
    if (changed.has("amendments") && this.#alike() > this.sent.before) this.#done();
    else if (changed.has("told") && this.told.state === "refused") {
      this.sent = undefined;
      this.refused = this.told.why;
    }
  }

  override render() {
    const { round } = this;
    return html`<dialog aria-labelledby="what" data-testid="ruling-dialog">${
      round
        ? html`<form method="dialog" novalidate @submit=${this.#submit}>
        <h2 id="what">${t("ruling.title")}</h2>
        <p class="of"><bdi>${titleOf(round)}</bdi></p>
        <fieldset aria-describedby=${this.missing === "pick" ? "problem" : nothing}><legend>${t("ruling.what")}</legend>
          ${(round.rulings ?? []).map((one, i) => this.#choice(one, i))}</fieldset>
        <div class="field"><div class="label"><label for="why">${t("ruling.why")}</label>
            <span class="hint figure" aria-hidden="true">${this.why.length}/${LONGEST}</span></div>
          <textarea id="why" maxlength=${LONGEST} required data-testid="ruling-why" .value=${this.why} ?readonly=${Boolean(this.sent)}
            aria-invalid=${this.missing === "why" ? "true" : "false"} aria-describedby="hint problem" @input=${this.#typed}></textarea>
          <span class="hint" id="hint">${t("ruling.why-hint")}</span></div>
        <p class="effect">${t("ruling.effect")}</p>
        <p class="problem" id="problem" role="alert" data-testid="ruling-problem">${this.#problem()}</p>
        <div class="row">
          <button type="button" class="button" @click=${() => this.#dialog?.close()}>${t("ruling.cancel")}</button>
          <button class="button primary" data-testid="ruling-go" aria-disabled=${this.sent ? "true" : "false"}>${this.#going()}</button>
        </div></form>`
        : nothing
    }</dialog>`;
  }

  #choice(one: Ruling, i: number): TemplateResult {
    return html`<label class="choice"><input type="radio" name="ruling" data-testid="ruling-choice-${i}" .checked=${this.picked?.title === one.title}
      ?disabled=${Boolean(this.sent)} @change=${() => {
        this.picked = one;
        if (this.missing === "pick") this.missing = "";
      }} /><bdi>${one.title}</bdi></label>`;
  }

  #problem(): string {
    if (this.missing) return t(this.missing === "pick" ? "ruling.pick" : "form.required");
    return this.refused ? t("ruling.refused", { why: this.refused }) : "";
  }

  #going(): string {
    if (!this.sent) return t("ruling.go");
    return t(this.told.state === "sent" ? "ruling.counting" : "ruling.sending");
  }

  #typed = (event: Event): void => {
    this.why = (event.target as HTMLTextAreaElement).value;
    if (this.missing === "why") this.missing = "";
  };

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (this.sent || !this.round) return;
    this.missing = this.picked ? (this.why.trim() ? "" : "why") : "pick";
    if (this.missing || !this.picked) {
      this.renderRoot.querySelector<HTMLElement>(this.missing === "pick" ? "input" : "textarea")?.focus();
      return;
    }
    this.refused = "";
    this.sent = { before: this.#alike() };
    const { segment } = this.round;
    const action = { type: "amend", segment, changes: this.picked.changes, why: this.why.trim() };
    this.store.choose(RULING, "", action, null);
  };

  /** How many rulings there are like the one that is under way. */
  #alike(): number {
    const { viewer } = this.store.session;
    const why = this.why.trim();
    return this.amendments.filter(
      (one) => one.by === viewer && one.why === why && one.segment === this.round?.segment,
    ).length;
  }

  #done(): void {
    announce(t("ruling.done", { title: isolated(this.picked?.title ?? "") }));
    this.sent = undefined;
    this.round = undefined;
    this.picked = undefined;
    this.why = "";
    this.#dialog?.close();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector("dialog");
  }
}

customElements.define("oq-ruling", OqRuling);
