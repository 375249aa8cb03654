import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { Store } from "../store";
import { t } from "../strings";
import { icon } from "../ui/icon";
import { base, buttons } from "../ui/styles";
import type { Cost, DeskMsg, Fault, SegmentInfo } from "../wire";
import { span } from "./costs";

/** What is wrong with the formats of a show, where a host cannot miss it: parts that are suspended, what failed, what takes too long. */
export class OqTroubles extends LitElement {
  static override properties = {
    store: { attribute: false },
    desk: { attribute: false },
    staff: { type: Boolean },
  };
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: grid;
        gap: 0.6rem;
      }
      :host([hidden]) {
        display: none;
      }
      .trouble {
        padding: 1rem;
        border-radius: calc(var(--r) * 1.3);
        background: var(--bad-soft);
        overflow-wrap: anywhere;
        font-size: 0.875rem;
      }
      .kicker {
        color: var(--bad);
      }
      li {
        padding-block: 0.25rem;
      }
      .mild {
        background: var(--surface);
        box-shadow: inset 0 0 0 1.5px var(--line);
      }
      .mild .kicker {
        color: inherit;
      }
      .button {
        margin-block-start: 0.6rem;
      }
    `,
  ];

  declare store: Store;
  declare desk: DeskMsg | undefined;
  /** Whether who looks may have a part go on. */
  declare staff: boolean;

  override render() {
    const stopped = (this.desk?.rundown ?? []).filter((one) => one.suspended && one.state === "live");
    const missing = (this.desk?.rundown ?? []).filter(
      (one) => one.problem && !one.suspended && one.state !== "done",
    );
    const faults = (this.desk?.faults ?? [])
      .filter((one) => one.action !== "version") // it stands among the missing
      .slice(-3)
      .reverse();
    const slow = (this.desk?.costs ?? []).filter((cost) => cost.over).slice(0, 3);
    this.hidden = stopped.length + missing.length + faults.length + slow.length === 0;
    return html`${stopped.map((one) => this.#stopped(one))}
      ${missing.map((one) => this.#missing(one))}
      ${faults.length ? this.#faults(faults) : nothing}
      ${slow.length ? this.#slow(slow) : nothing}`;
  }

  #stopped(one: SegmentInfo): TemplateResult {
    const title = one.title || one.format;
    return html`<div class="trouble" role="alert" data-testid="suspended-${one.id}"><p class="kicker">${icon("pause")} ${t("host.suspended", { title })}</p>
      <p>${one.problem}</p><p>${t("host.suspended-why")}</p>
      ${
        this.staff
          ? html`<button class="button" data-testid="resume-${one.id}" @click=${() => this.store.act("", { type: "resume", segment: one.id })}>${t("host.resume")}</button>`
          : nothing
      }</div>`;
  }

  #missing(one: SegmentInfo): TemplateResult {
    const words = { title: one.title || one.format, format: one.format, version: one.version ?? "1" };
    return html`<div class="trouble" role="alert" data-testid="missing-${one.id}"><p class="kicker">${icon("warn")} ${t("host.missing", words)}</p>
      <p>${t("host.missing-why", words)} ${one.problem}</p></div>`;
  }

  #faults(faults: Fault[]): TemplateResult {
    return html`<div class="trouble" role="alert" data-testid="faults"><p class="kicker">${icon("warn")} ${t("host.faults")}</p>
      <ul>${faults.map(
        (fault) =>
          html`<li><b>${t("host.fault", { format: fault.format, action: fault.action, where: fault.where })}</b><br />${fault.message}</li>`,
      )}</ul></div>`;
  }

  #slow(costs: Cost[]): TemplateResult {
    return html`<div class="trouble mild" role="status" data-testid="slow"><p class="kicker">${icon("warn")} ${t("host.slow")}</p>
      <ul>${costs.map(
        (cost) =>
          html`<li>${t("host.slow-one", { title: titleOf(this.desk, cost), name: cost.name, most: span(cost.most), n: cost.over ?? 0 })}</li>`,
      )}</ul></div>`;
  }
}

/** The title of the part of the show whose cost this is. */
function titleOf(desk: DeskMsg | undefined, cost: Cost): string {
  const segment = desk?.rundown?.find((one) => one.id === cost.segment);
  return segment?.title || segment?.format || cost.segment;
}

customElements.define("oq-troubles", OqTroubles);
