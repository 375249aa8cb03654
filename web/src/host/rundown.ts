import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Store } from "../store";
import { t, type Word } from "../strings";
import { Flip } from "../ui/flip";
import { icon } from "../ui/icon";
import { lamp } from "../ui/lamp";
import { base, buttons } from "../ui/styles";
import type { DeskMsg, SegmentInfo } from "../wire";
import { ask } from "./ask";
import { panel } from "./panel.styles";

/** The rundown: what was, what is, what comes; started and put in order by buttons. */
export class OqRundown extends LitElement {
  static override properties = {
    store: { attribute: false },
    desk: { attribute: false },
    editing: { state: true },
  };
  static override styles = [
    base,
    buttons,
    lamp,
    panel,
    css`
      li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: center;
        gap: 0.2rem 0.7rem;
        padding-block: 0.5rem;
        border-block-end: 1px solid var(--line);
        background: var(--surface);
      }
      li[data-state="live"] .title {
        font-weight: 780;
      }
      li[data-state="done"] .title {
        color: var(--soft);
      }
      .title {
        font-weight: 620;
        line-height: 1.2;
        overflow-wrap: anywhere;
      }
      small {
        display: block;
        color: var(--soft);
        font-family: var(--mono);
        font-size: 0.75rem;
      }
      .tools {
        display: flex;
      }
      .tools .button {
        padding: 0;
        border-color: transparent;
      }
      .foot {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        padding-block-start: 0.9rem;
      }
      .state {
        display: grid;
        place-items: center;
        inline-size: 1.25rem;
        color: var(--soft);
      }
      .upgrade {
        grid-column: 2 / -1;
        justify-self: start;
      }
    `,
  ];

  declare store: Store;
  declare desk: DeskMsg | undefined;
  declare editing: boolean;
  readonly #flip = new Flip(this, "li");

  override willUpdate(): void {
    this.#flip.before();
  }

  override updated(): void {
    this.#flip.after();
  }

  override render() {
    const list = this.desk?.rundown ?? [];
    const live = list.some((one) => one.state === "live");
    const open = (this.desk?.state ?? "open") === "open";
    return html`<details class="panel" open data-testid="rundown"><summary>${t("host.rundown")}</summary>
      ${list.length === 0 ? html`<p class="soft">${t("host.empty")}</p>` : nothing}
      <ol>${repeat(
        list,
        (one) => one.id,
        (one, i) => this.#line(one, i, list, live, open),
      )}</ol>
      ${
        open
          ? html`<div class="foot">
            <button class="button" data-testid="arrange" aria-pressed=${Boolean(this.editing)} @click=${() => {
              this.editing = !this.editing;
            }}>${t(this.editing ? "host.arranged" : "host.arrange")}</button>
            <button class="button" data-testid="finish" ?disabled=${!live} @click=${() => this.#sure("host.finish", "host.sure-finish", { type: "finish" })}>${t("host.finish")}</button>
            <button class="button danger" data-testid="close" @click=${() => this.#sure("host.close", "host.sure-close", { type: "close" })}>${t("host.close")}</button></div>`
          : nothing
      }
    </details>`;
  }

  #line(one: SegmentInfo, i: number, list: SegmentInfo[], live: boolean, open: boolean): TemplateResult {
    const title = one.title || one.format;
    const ready = one.state === "ready" && open;
    return html`<li data-key=${one.id} data-state=${one.state} data-testid="segment-${one.id}">
      <span class="state">${one.state === "done" ? icon("right") : html`<span class="lamp ${one.state}"></span>`}</span>
      <span><span class="title">${title}</span><small>${one.format}${one.version || one.upgrade ? ` ${one.version ?? "1"}` : ""} · ${t(`state.${one.state}` as Word)}</small></span>
      ${ready && !this.editing ? html`<button class="button" data-testid="start-${one.id}" aria-label=${t("host.start-of", { title })} @click=${() => this.#start(one, live)}>${t("host.start")}</button>` : nothing}
      ${ready && this.editing ? this.#tools(one, title, i, list) : nothing}
      ${open && one.upgrade && !this.editing ? html`<button class="button plain upgrade" data-testid="upgrade-${one.id}" @click=${() => this.#upgrade(one, title)}>${t("host.upgrade", { title, version: one.upgrade })}</button>` : nothing}</li>`;
  }

  #tools(one: SegmentInfo, title: string, i: number, list: SegmentInfo[]): TemplateResult {
    const remove = { type: "remove", segment: one.id };
    return html`<span class="tools">
      <button class="button plain" ?disabled=${i === 0} aria-label=${t("host.up", { title })} @click=${() => this.#move(list, i, -1)}>${icon("up")}</button>
      <button class="button plain" ?disabled=${i === list.length - 1} aria-label=${t("host.down", { title })} @click=${() => this.#move(list, i, 1)}>${icon("down")}</button>
      <button class="button plain danger" aria-label=${t("host.remove", { title })} @click=${() => this.#sure("host.remove", "host.sure-remove", remove, title)}>${icon("wrong")}</button></span>`;
  }

  #upgrade(one: SegmentInfo, title: string): void {
    const action = { type: "upgrade", segment: one.id, version: one.upgrade };
    this.#sure("host.upgrade", "host.sure-upgrade", action, title, one.upgrade);
  }

  #start(one: SegmentInfo, live: boolean): void {
    const action = { type: "start", segment: one.id };
    const title = one.title || one.format;
    if (live)
      ask(this, t("host.start-of", { title }), t("host.sure-start"), () => this.store.act("", action));
    else this.store.act("", action);
  }

  #move(list: SegmentInfo[], from: number, by: number): void {
    const order = list.map((one) => one.id);
    const [moving] = order.splice(from, 1);
    if (moving) order.splice(from + by, 0, moving);
    this.store.act("", { type: "arrange", order });
  }

  #sure(what: Word, why: Word, action: Record<string, unknown>, title = "", version = ""): void {
    ask(this, t(what, { title, version }), t(why), () => this.store.act("", action));
  }
}

customElements.define("oq-rundown", OqRundown);
