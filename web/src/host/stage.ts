import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Store } from "../store";
import { sentence, t } from "../strings";
import "../stage/on-stage";
import { announce } from "../ui/announce";
import { icon } from "../ui/icon";
import { base, buttons } from "../ui/styles";
import { Watch } from "../watch";
import type { DeskMsg, GuestInfo } from "../wire";
import { Focus } from "./focus";
import { panel } from "./panel.styles";
import { stageStyles } from "./stage.styles";
import { KEYS } from "./stage-guest";
import "./stage-guest";
import type { OqStageGuest } from "./stage-guest";
import "./stage-mix";
import { press, pressOf } from "./stage-press";
import { Rooms } from "./stage-rooms";
import { counts, DUMP, news, onAir, placed, seatOf, summary } from "./stage-words";
import { isolated } from "./words";

const OWN = "stage.own";

/** Who was on air a moment ago: name, and until when (show time, µs) something of them may be on its way to viewers. */
interface Aired {
  name: string;
  until: number;
}

/** Everybody on the way to the stage, a strip each, and what the picture is made of. */
export class OqStage extends LitElement {
  static override properties = {
    store: { attribute: false },
    desk: { attribute: false },
    now: { attribute: false },
    staff: { attribute: false },
  };
  static override styles = [base, buttons, panel, stageStyles];

  declare store: Store;
  declare desk: DeskMsg | undefined;
  /** Show time (µs), once a second. */
  declare now: number;
  declare staff: boolean;
  #order: number[] = [];
  /** Whose picture or sound has come in this visit. */
  #known = new Set<number>();
  #aired = new Map<number, Aired>();
  #rooms: Rooms | undefined;
  /** Whether anybody has been on the way: then the panel is open, and stays as one leaves it. */
  #used = false;
  readonly #watch = new Watch(this);
  readonly #focus = new Focus(this, "oq-stage-guest", "summary");

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.#choose);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.#choose);
    this.#rooms?.stop();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    this.#watch.store = this.store;
    this.#focus.before();
    if (!changed.has("desk")) return;
    const before = changed.get("desk") as DeskMsg | undefined;
    const said = news(before?.stage, this.desk?.stage);
    if (said.length) announce(said.join(" "));
    this.#used ||= this.#guests.length > 0 || this.desk?.stage?.hands === true;
    this.#order = placed(this.#order, this.#guests);
    this.#remember(before?.stage?.guests ?? []);
    if (!this.staff) return;
    this.#rooms ??= new Rooms(this.store.session, () => this.requestUpdate());
    this.#rooms.see(this.#guests);
  }

  override updated(): void {
    this.#focus.after();
  }

  override render() {
    const all = counts(this.desk?.stage);
    const by = new Map(this.#guests.map((one) => [one.viewer, one]));
    const strips = this.#order.flatMap((viewer) => by.get(viewer) ?? []);
    return html`<details class="panel" ?open=${this.#used} data-testid="stage"><summary>${t("crew.title")} <span class="figure" data-testid="stage-summary">${summary({ ...all, hands: 0 })}</span></summary>
      ${strips.length ? nothing : html`<p class="soft">${t("crew.empty")}</p>`}
      <div class="strips">${repeat(
        strips,
        (one) => one.viewer,
        (one, i) => this.#strip(one, i),
      )}</div>
      ${this.#ghosts(by)}
      ${this.staff ? this.#own(by.get(this.store.session.viewer)) : nothing}
      ${this.staff ? this.#mix() : nothing}</details>`;
  }

  get #guests(): GuestInfo[] {
    return this.desk?.stage?.guests ?? [];
  }

  #strip(guest: GuestInfo, i: number): TemplateResult {
    const me = this.#guests.find((one) => one.viewer === this.store.session.viewer);
    const onair = this.#guests.filter((one) => one.state === "live" && one.viewer !== guest.viewer);
    return html`<oq-stage-guest .store=${this.store} .guest=${guest} .seat=${seatOf(this.store.scene?.stage, guest.viewer)} .me=${me} .names=${this.#name} .onair=${onair}
      .room=${this.#rooms?.of(guest.viewer) ?? ""} .number=${i + 1} .seq=${this.desk?.seq ?? 0} .now=${this.now} .staff=${this.staff} .airs=${this.#airs(guest.viewer)} .known=${this.#known.has(guest.viewer)}></oq-stage-guest>`;
  }

  /** Who has just left the stage can still be dumped. */
  #ghosts(here: Map<number, GuestInfo>): TemplateResult | typeof nothing {
    const gone = [...this.#aired].filter(([viewer]) => !here.has(viewer) && this.#airs(viewer));
    if (!gone.length) return nothing;
    return html`${gone.map(
      ([viewer, { name }]) =>
        html`<p class="ghost"><span>${t("crew.news-off", { name: isolated(name) })}</span><button class="button danger" data-testid="dump-${viewer}" aria-label=${t("crew.cut-of", { name })}
          @click=${() => this.#dump(viewer)}>${icon("cut")} ${t("crew.cut")}</button></p>`,
    )}`;
  }

  #own(me: GuestInfo | undefined): TemplateResult {
    const { doing, why } = pressOf(this.store.outbox, OWN, this.desk?.seq ?? 0);
    return html`<div class="own">${
      me
        ? html`<oq-on-stage card .store=${this.store}></oq-on-stage>`
        : html`<button class="button" data-testid="step-up" aria-disabled=${doing !== undefined} aria-describedby="own-hint" @click=${() => doing ?? press(this.store, { type: "step-up" }, OWN)}>
            ${icon("mic")} ${t(doing ? "crew.owning" : "crew.own")}</button>
          <p class="soft" id="own-hint">${t("crew.own-hint")}</p>`
    }
      ${why ? html`<p class="why" role="alert">${sentence(why)}</p>` : nothing}</div>`;
  }

  #mix(): TemplateResult {
    const { scene } = this.store;
    return html`<details class="mix" data-testid="mix"><summary>${t("mix.title")}</summary>
      <oq-stage-mix .store=${this.store} .stage=${onAir(scene?.stage, this.desk?.stage?.programme)} .seq=${scene?.seq ?? 0}></oq-stage-mix></details>
      <p class="hint">${t("crew.keys-hint", KEYS)}</p>`;
  }

  #name = (viewer: number): string =>
    this.#guests.find((one) => one.viewer === viewer)?.name || t("crew.somebody");

  /** Who has been seen or heard, and who was on air a moment ago. */
  #remember(before: GuestInfo[]): void {
    const here = new Set(this.#order);
    const present = this.#guests.filter((one) => one.present).map((one) => one.viewer);
    this.#known = new Set([...[...this.#known].filter((one) => here.has(one)), ...present]);
    const live = new Set(this.#guests.filter((one) => one.state === "live").map((one) => one.viewer));
    const until = this.store.clock.now() + DUMP;
    const off = before.filter((one) => one.state === "live" && !live.has(one.viewer));
    const still = [...this.#aired].filter(([viewer]) => !live.has(viewer) && this.#airs(viewer));
    this.#aired = new Map([...still, ...off.map(({ viewer, name }) => [viewer, { name, until }] as const)]);
  }

  #airs(viewer: number): boolean {
    return this.staff && this.store.clock.now() < (this.#aired.get(viewer)?.until ?? 0);
  }

  #dump(viewer: number): void {
    this.#aired.delete(viewer);
    press(this.store, { type: "take-off", viewer, cut: true });
    this.requestUpdate();
  }

  /** The keys 1 to 9 choose a strip, from anywhere but where one types. */
  #choose = (event: KeyboardEvent): void => {
    if (!/^[1-9]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.composedPath()[0];
    if (
      at instanceof Element &&
      at.closest("input:not([type=range], [type=radio]), textarea, select, dialog")
    )
      return;
    const strip = this.renderRoot.querySelectorAll<OqStageGuest>("oq-stage-guest")[Number(event.key) - 1];
    if (!strip) return;
    event.preventDefault();
    strip.focus();
  };
}

customElements.define("oq-stage", OqStage);
