import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { t } from "../strings";
import { base } from "../ui/styles";
import type { Cost, DeskMsg } from "../wire";
import { panel } from "./panel.styles";

/** What the live format's actions and views take, for who wrote it: closed until it is wanted. */
export class OqCosts extends LitElement {
  static override properties = { desk: { attribute: false } };
  static override styles = [
    base,
    panel,
    css`
      table {
        inline-size: 100%;
        border-collapse: collapse;
        font-size: 0.8125rem;
      }
      th {
        color: var(--soft);
        font-weight: 500;
        text-align: start;
      }
      th,
      td {
        padding: 0.3rem 0.2rem;
        border-block-end: 1px solid var(--line);
      }
      th + th,
      td {
        text-align: end;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      tbody th {
        color: inherit;
        font-family: var(--mono);
        overflow-wrap: anywhere;
      }
      [data-over] td:last-child {
        color: var(--bad);
        font-weight: 700;
      }
    `,
  ];

  declare desk: DeskMsg | undefined;

  override render() {
    const live = this.desk?.segment;
    const costs = (this.desk?.costs ?? []).filter((cost) => cost.segment === live);
    if (!live || costs.length === 0) return nothing;
    return html`<details class="panel" data-testid="costs"><summary>${t("host.costs")}</summary>
      <table><thead><tr><th scope="col">${t("costs.name")}</th><th scope="col">${t("costs.count")}</th><th scope="col">${t("costs.mean")}</th><th scope="col">${t("costs.most")}</th></tr></thead>
      <tbody>${costs.map((cost) => row(cost))}</tbody></table></details>`;
  }
}

function row(cost: Cost): TemplateResult {
  return html`<tr ?data-over=${Boolean(cost.over)}><th scope="row">${cost.name}</th><td>${cost.count}</td><td>${span(cost.mean)}</td><td>${span(cost.most)}</td></tr>`;
}

/** A span in µs, with as many digits as say something. */
export function span(micros: number): string {
  if (micros < 1_000) return t("unit.us", { n: micros });
  return t("unit.ms", { n: micros < 10_000 ? (micros / 1_000).toFixed(1) : Math.round(micros / 1_000) });
}

customElements.define("oq-costs", OqCosts);
