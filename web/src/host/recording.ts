import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { Store } from "../store";
import { sentence, t } from "../strings";
import { icon } from "../ui/icon";
import { base, buttons } from "../ui/styles";
import { Watch } from "../watch";
import type { DeskMsg } from "../wire";
import { ask } from "./ask";
import { panel } from "./panel.styles";
import { press, pressOf } from "./stage-press";
import { clockWords } from "./stage-words";

const KEY = "stage.record";

/** A red dot with how long, while the show is recorded. */
export const recordingDot = css`
  .dot {
    display: inline-block;
    flex: none;
    inline-size: 0.75rem;
    block-size: 0.75rem;
    border-radius: 50%;
    box-shadow: inset 0 0 0 2px var(--edge);
  }
  .dot[data-on] {
    background: #e5352b;
    box-shadow: 0 0 0 3px color-mix(in srgb, #e5352b, transparent 70%);
  }
`;

/** Records the show, or stops, and has what was recorded. */
export class OqRecording extends LitElement {
  static override properties = {
    store: { attribute: false },
    desk: { attribute: false },
    since: { attribute: false },
    now: { attribute: false },
  };
  static override styles = [
    base,
    buttons,
    panel,
    recordingDot,
    css`
      summary .figure {
        display: inline-flex;
        align-items: center;
        gap: 0.5rem;
        margin-inline: auto 0.8rem;
        color: var(--soft);
        font-size: 0.875rem;
        font-weight: 600;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.6rem;
      }
      .why {
        margin-block-start: 0.5rem;
        color: var(--bad);
        font-size: 0.875rem;
        font-weight: 650;
      }
    `,
  ];

  declare store: Store;
  declare desk: DeskMsg | undefined;
  /** Since when it is recorded, as far as this page knows (show time, µs; 0: it is not). */
  declare since: number;
  declare now: number;
  readonly #watch = new Watch(this);

  override willUpdate(): void {
    this.#watch.store = this.store;
  }

  override render() {
    const on = this.desk?.stage?.recording ?? false;
    const { doing, why } = pressOf(this.store.outbox, KEY, this.desk?.seq ?? 0);
    const waits = doing !== undefined && doing.on !== on;
    return html`<details class="panel" open data-testid="recording" data-on=${on ? "true" : "false"}><summary>${t("rec.title")}
        <span class="figure"><span class="dot" ?data-on=${on}></span>${on ? this.#for : t("rec.off")}</span></summary>
      <div class="row"><button class="button" data-testid="record" aria-disabled=${waits} @click=${() => waits || this.#press(on)}>${t(words(on, waits))}</button>${this.#links()}</div>
      ${why ? html`<p class="why" role="alert">${sentence(why)}</p>` : nothing}</details>`;
  }

  get #for(): string {
    return this.since && this.now ? clockWords(this.now - this.since) : t("rec.on");
  }

  #links(): TemplateResult {
    return html`<a class="button" target="_blank" rel="noopener" href="/replay/${this.store.session.show.id}">${icon("out")} ${t("rec.replay")}</a>`;
  }

  #press(on: boolean): void {
    const set = (): void => press(this.store, { type: "record", on: !on }, KEY);
    if (on) ask(this, t("rec.stop"), t("rec.sure"), set);
    else set();
  }
}

const words = (on: boolean, waits: boolean) =>
  on ? (waits ? "rec.stopping" : "rec.stop") : waits ? "rec.starting" : "rec.start";

customElements.define("oq-recording", OqRecording);
