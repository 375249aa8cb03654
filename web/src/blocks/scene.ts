import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { sentence, t } from "../strings";
import { announce } from "../ui/announce";
import { base } from "../ui/styles";
import type { AnyBlock, Scene } from "../wire";
import "./choices";
import "./countdown";
import "./custom";
import "./figures";
import "./form";
import "./heading";
import "./leaderboard";
import "./scales";
import "./text";
import type { View } from "./view";

type Draw = {
  [Kind in AnyBlock["block"]]: (
    block: Extract<AnyBlock, { block: Kind }>,
    view: View,
  ) => TemplateResult | typeof nothing;
};

/** Every block and the element that draws it. */
const DRAW: Draw = {
  heading: (block) => html`<oq-heading .block=${block}></oq-heading>`,
  text: (block) => html`<oq-text .block=${block}></oq-text>`,
  image: (block) => html`<oq-image .block=${block}></oq-image>`,
  choices: (block, view) =>
    html`<oq-choices .block=${block} .view=${view} .chosen=${view.chosen(block)}></oq-choices>`,
  rating: (block, view) =>
    html`<oq-rating .block=${block} .view=${view} .chosen=${view.chosen(block)}></oq-rating>`,
  ranking: (block, view) =>
    html`<oq-ranking .block=${block} .view=${view} .chosen=${view.chosen(block)}></oq-ranking>`,
  form: (block, view) =>
    html`<oq-form .block=${block} .view=${view} .chosen=${view.chosen(block)}></oq-form>`,
  button: (block, view) =>
    html`<oq-button .block=${block} .view=${view} .chosen=${view.chosen(block)}></oq-button>`,
  countdown: (block, view) => html`<oq-countdown .block=${block} .view=${view}></oq-countdown>`,
  bars: (block) => html`<oq-bars .block=${block}></oq-bars>`,
  stats: (block) => html`<oq-stats .block=${block}></oq-stats>`,
  leaderboard: (block, view) => html`<oq-leaderboard .block=${block} .view=${view}></oq-leaderboard>`,
  words: (block) => html`<oq-words .block=${block}></oq-words>`,
  mark: () => nothing,
  custom: (block, view) =>
    html`<oq-custom .block=${block} .view=${view} .chosen=${view.chosen(block)}></oq-custom>`,
};

/** A scene, top to bottom, on one surface. Blocks keep their elements while they are updated. */
export class OqScene extends LitElement {
  static override properties = {
    scene: { attribute: false },
    view: { attribute: false },
    quiet: { type: Boolean },
    mood: { reflect: true },
    surface: { reflect: true },
  };
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        align-content: start;
        gap: var(--gap, 1.25em);
        min-inline-size: 0;
      }
      :host > * {
        animation: come var(--calm) var(--ease);
      }
      :host([surface="phone"]) > oq-countdown {
        order: -1;
        margin-block-end: -0.35em;
      }
      :host(:is([surface="screen"], [surface="overlay"])) {
        position: relative;
      }
      :host(:is([surface="screen"], [surface="overlay"])) > oq-countdown {
        position: absolute;
        inset-block-start: var(--corner, 0);
        inset-inline-end: var(--corner, 0);
      }
      :host(:is([surface="screen"], [surface="overlay"])[data-clock]) > oq-heading {
        min-block-size: var(--ring, 5em);
        padding-inline-end: calc(var(--ring, 5em) + 0.6em);
      }
      @keyframes come {
        from {
          opacity: 0;
          transform: translateY(6px);
        }
      }
    `,
  ];

  declare scene: Scene | undefined;
  declare view: View;
  /** Says nothing to screen readers: a preview. */
  declare quiet: boolean;
  declare mood: string;
  declare surface: string;
  #said = "";

  override willUpdate(changed: PropertyValues<this>): void {
    this.mood = this.scene?.mood ?? "quiet";
    this.surface = this.view.surface;
    this.toggleAttribute(
      "data-clock",
      this.scene?.blocks?.some((block) => block.block === "countdown") ?? false,
    );
    if (changed.has("scene") && !this.quiet) this.#announce();
  }

  override render() {
    const seen = (this.scene?.blocks ?? []).filter(
      (block) => !block.on?.length || block.on.includes(this.view.surface),
    );
    return repeat(
      seen,
      (block, place) => keyed(block, place),
      (block) => draw(block, this.view),
    );
  }

  #announce(): void {
    const blocks = this.scene?.blocks ?? [];
    const heading = blocks.find((block) => block.block === "heading");
    if (!heading) return;
    const choices = blocks.find((block) => block.block === "choices" || block.block === "ranking");
    const options = choices?.send ? ` ${t("said.options", { n: choices.options.length })}` : "";
    const said = `${sentence(heading.kicker ?? "")} ${sentence(heading.text)}${options}`.trim();
    if (said !== this.#said) announce(said);
    this.#said = said;
  }
}

const draw = (block: AnyBlock, view: View): TemplateResult | typeof nothing =>
  (DRAW[block.block] as ((block: AnyBlock, view: View) => TemplateResult) | undefined)?.(block, view) ??
  nothing;

/** A block of another question is another element: nothing of the old one shows through. */
function keyed(block: AnyBlock, place: number): string {
  const round = block.block === "heading" ? block.text : block.block === "countdown" ? block.until : "";
  return block.id ? `${block.block}#${block.id}` : `${block.block}@${round || place}`;
}

customElements.define("oq-scene", OqScene);
