import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Store } from "../store";
import { t, type Word } from "../strings";
import { icon } from "../ui/icon";
import { base, buttons } from "../ui/styles";
import type { DeskMsg, Person } from "../wire";
import { ask } from "./ask";
import { panel } from "./panel.styles";

const SHOWN = 12;

/** The newest people, and what a moderator may do about them. */
export class OqPeople extends LitElement {
  static override properties = {
    store: { attribute: false },
    desk: { attribute: false },
    menu: { state: true },
  };
  static override styles = [
    base,
    buttons,
    panel,
    css`
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        align-items: center;
        column-gap: 0.5rem;
        border-block-end: 1px solid var(--line);
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 560;
      }
      .name small {
        color: var(--bad);
        font-family: var(--mono);
      }
      .menu {
        grid-column: 1 / -1;
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        padding-block: 0.25rem 0.75rem;
      }
      .more {
        padding: 0;
      }
    `,
  ];

  declare store: Store;
  declare desk: DeskMsg | undefined;
  /** Whose menu is open; 0: nobody's. */
  declare menu: number;

  override render() {
    const people = (this.desk?.newest ?? []).slice(0, SHOWN);
    return html`<details class="panel" open data-testid="newest"><summary>${t("host.people")}</summary>
      ${people.length === 0 ? html`<p class="soft">${t("host.nobody")}</p>` : nothing}
      <ul>${repeat(
        people,
        (one) => one.viewer,
        (one) => this.#line(one),
      )}</ul></details>`;
  }

  #line(one: Person): TemplateResult {
    const open = this.menu === one.viewer;
    return html`<li data-testid="person"><span class="name">${one.name} ${one.state ? html`<small>${t(`state.${one.state}` as Word)}</small>` : nothing}</span>
      <button class="button plain more" aria-expanded=${open} aria-label=${t("host.menu", { name: one.name })} @click=${() => {
        this.menu = open ? 0 : one.viewer;
      }}>${icon("more")}</button>
      ${open ? html`<div class="menu">${this.#menu(one)}</div>` : nothing}</li>`;
  }

  #menu(one: Person): TemplateResult {
    const act = (type: string): void => {
      this.store.act("", { type, viewer: one.viewer });
      this.menu = 0;
    };
    const sure = (type: "kick" | "ban"): void =>
      ask(this, t(`host.${type}`), t(`host.sure-${type}`, { name: one.name }), () => act(type));
    const marked = one.state === "hidden" || one.state === "kicked" || one.state === "banned";
    const host = this.store.session.role !== "moderator";
    return html`${host && !marked ? html`<button class="button" data-testid="invite-on" @click=${() => act("invite")}>${t("crew.invite-on")}</button>` : nothing}
      <button class="button" data-testid="hide" @click=${() => act(marked ? "show-again" : "hide")}>${t(marked ? "host.show-again" : "host.hide")}</button>
      <button class="button danger" data-testid="kick" @click=${() => sure("kick")}>${t("host.kick")}</button>
      <button class="button danger" data-testid="ban" @click=${() => sure("ban")}>${t("host.ban")}</button>`;
  }
}

customElements.define("oq-people", OqPeople);
