/** Pieces of templates that several surfaces of the stage share. */
import { html, nothing, type TemplateResult } from "lit";
import type { Input } from "../publish/devices";
import type { Publisher } from "../publish/publisher";
import type { Trouble } from "../publish/trouble";
import { t } from "../strings";
import { icon } from "../ui/icon";

/** What does not work, and what to do about it; the same advice is given once. */
export const troubles = (all: Trouble[]): TemplateResult[] =>
  all.map(
    (
      one,
      i,
    ) => html`<div class="trouble" role="alert" data-testid="trouble" data-kind=${one.kind} data-cause=${one.cause}>
      ${icon("warn")}<b>${t(one.what)}</b>${all.slice(i + 1).some((other) => other.hint === one.hint) ? nothing : html`<span>${t(one.hint)}</span>`}</div>`,
  );

/** Which camera or microphone, where there is a choice. */
export function choice(publisher: Publisher, input: Input): TemplateResult | typeof nothing {
  const all = publisher.devices[input];
  const chosen = publisher.chosen(input);
  if (all.length === 0) return nothing;
  const word = input === "camera" ? "stage.camera" : "stage.microphone";
  return html`<label class="grow"><span class="unseen">${t(word)}</span>
    <select data-testid="choose-${input}" ?disabled=${all.length < 2} @change=${(event: Event) =>
      void publisher.choose(input, (event.target as HTMLSelectElement).value)}>
      ${all.map((one, i) => html`<option value=${one.id} ?selected=${one.id === chosen}>${one.label || `${t(word)} ${i + 1}`}</option>`)}
    </select></label>`;
}
