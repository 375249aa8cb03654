import { html, type TemplateResult } from "lit";
import type { Chosen } from "../outbox";
import { t } from "../strings";
import { icon } from "../ui/icon";

/** What became of a choice, in a few words; empty when nothing was chosen. `open`: it may still be changed. */
export function state(chosen: Chosen, open: boolean): TemplateResult | string {
  if (chosen.state === "refused")
    return html`<span style="color:var(--bad)">${icon("warn")} ${t("refused", { why: chosen.why })}</span>`;
  if (chosen.verdict) {
    return html`<b style="color:var(--${chosen.verdict === "right" ? "good" : "bad"})" data-testid="verdict">${icon(chosen.verdict)} ${t(`verdict.${chosen.verdict}`)} ${chosen.note}</b>`;
  }
  if (chosen.state === "sending") return t("choice.sending");
  if (chosen.note) return chosen.note;
  return open && chosen.state === "sent" && chosen.value !== null ? t("choice.sent") : "";
}
