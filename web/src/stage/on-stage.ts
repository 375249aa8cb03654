import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { memory } from "../identity";
import type { Store } from "../store";
import { t, type Word } from "../strings";
import { announce } from "../ui/announce";
import { icon } from "../ui/icon";
import { base, buttons } from "../ui/styles";
import { Watch } from "../watch";
import { type Backstage, backstage } from "./backstage";
import "./check";
import "./hand";
import "./invited";
import "./room";
import { stageStyles } from "./stage.styles";

/** What is said when somebody has come so far. */
const SAID: Record<string, Word> = {
  queue: "stage.queue",
  invited: "stage.invited",
  check: "stage.check",
  green: "stage.said-green",
  live: "stage.said-live",
};

/**
 * One's own way to the stage, from the raised hand to the thanks: what there is to press, and what is sent. Complete by itself:
 * `<oq-on-stage .store=${store}></oq-on-stage>`. With `card` its parts are cards.
 */
export class OqOnStage extends LitElement {
  static override properties = {
    store: { attribute: false },
    card: { type: Boolean, reflect: true },
    thanked: { state: true },
  };
  static override styles = [
    base,
    buttons,
    stageStyles,
    css`
      :host {
        container-type: inline-size;
      }
      .frame {
        position: fixed;
        z-index: 9;
        inset: 0;
        pointer-events: none;
        box-shadow: inset 0 0 0 4px var(--air);
      }
    `,
  ];

  declare store: Store | undefined;
  declare card: boolean;
  /** Of which visit (show time of its end) the thanks were seen. */
  declare thanked: number | undefined;
  readonly #watch = new Watch(this);
  #state = "";

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("store")) this.#watch.store = this.store;
  }

  override render() {
    const { store } = this;
    if (!store) return nothing;
    const way = backstage(store);
    const part = this.#part(store, way);
    this.dataset["state"] = way.state;
    this.toggleAttribute("data-shown", part !== nothing);
    return part;
  }

  override updated(): void {
    const state = this.store ? backstage(this.store).state : "";
    if (state === this.#state) return;
    const word =
      SAID[state] ?? (this.#state === "live" || this.#state === "green" ? "stage.said-off" : undefined);
    this.#state = state;
    if (word) announce(t(word));
  }

  #part(store: Store, way: Backstage): TemplateResult | typeof nothing {
    if (way.elsewhere) return this.#elsewhere(way);
    if (way.broken && !way.publisher) return this.#broken();
    switch (way.state) {
      case "queue":
        return this.#hand(way);
      case "invited":
        return html`<oq-invited .way=${way} ?card=${this.card}></oq-invited>`;
      case "check":
        return html`<oq-check .way=${way} .mine=${{ ...way.mine }} ?card=${this.card}></oq-check>`;
      case "green":
      case "live":
        return html`<oq-room .way=${way} .mine=${{ ...way.mine }} ?card=${this.card}></oq-room>${way.state === "live" ? html`<div class="frame"></div>` : nothing}`;
      default:
        return this.#off(store, way);
    }
  }

  #off(store: Store, way: Backstage): TemplateResult | typeof nothing {
    const thanks = way.mine.thanks ?? 0;
    this.thanked ??= Number(memory.get(this.#seen));
    if (thanks && thanks !== this.thanked) return this.#thanks(thanks);
    const stage = store.coming?.stage ?? store.scene?.stage;
    const may = store.session.role === "audience" && store.name && stage?.hands;
    return may ? this.#hand(way) : nothing;
  }

  #hand(way: Backstage): TemplateResult {
    return html`<oq-hand .way=${way} .state=${way.state} .place=${way.mine.place ?? 0} ?card=${this.card}></oq-hand>`;
  }

  #thanks(thanks: number): TemplateResult {
    return html`<section class="panel" aria-labelledby="what" data-testid="thanks"><div class="head">${icon("star")}
      <div><h2 id="what">${t("stage.thanks")}</h2><p class="soft">${t("stage.thanks-why")}</p></div>
      <button class="button" data-testid="thanks-close" @click=${() => {
        this.thanked = thanks;
        memory.set(this.#seen, String(thanks));
      }}>${t("stage.close")}</button></div></section>`;
  }

  /** One's place is kept: the page comes back to where it was. */
  #broken(): TemplateResult {
    return html`<section class="panel" data-testid="broken" role="alert"><p>${t("stage.broken")}</p>
      <div class="row"><button class="button primary" @click=${() => location.reload()}>${t("stage.reload")}</button></div></section>`;
  }

  get #seen(): string {
    return `thanked.${this.store?.session.show.id}`;
  }

  #elsewhere(way: Backstage): TemplateResult {
    return html`<section class="panel" data-testid="elsewhere"><p>${t("stage.other")}</p>
      <div class="row"><button class="button" data-testid="here" @click=${() => way.here()}>${t("stage.here")}</button></div></section>`;
  }
}

customElements.define("oq-on-stage", OqOnStage);
