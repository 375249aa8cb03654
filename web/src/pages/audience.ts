import { html, LitElement, nothing, type TemplateResult } from "lit";
import "../blocks/scene";
import { join, Refusal, type Session } from "../identity";
import type { Store } from "../store";
import "../stage/on-stage";
import { readCode, say, t } from "../strings";
import { announce } from "../ui/announce";
import { begin, reach } from "../ui/enter";
import { icon } from "../ui/icon";
import { lamp } from "../ui/lamp";
import "../ui/name";
import "../ui/over";
import "../ui/picture";
import "../ui/status";
import { base, buttons } from "../ui/styles";
import { mineOf, viewOf } from "../ui/view";
import { Watch } from "../watch";
import { audienceStyles } from "./audience.styles";

/** The page of somebody in the audience: picture, scene, name and score. */
export class OqAudience extends LitElement {
  static override properties = { failed: { state: true }, slow: { state: true }, renaming: { state: true } };
  static override styles = [base, buttons, lamp, audienceStyles];

  declare failed: Refusal | undefined;
  declare slow: boolean;
  declare renaming: boolean;
  readonly #watch = new Watch(this);
  #named = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.#enter().catch((error: unknown) => {
      this.failed = error instanceof Refusal ? error : new Refusal(0, "page/fault", String(error));
    });
  }

  override willUpdate(): void {
    const name = this.#watch.store?.name ?? "";
    if (name && name !== this.#named) this.renaming = false;
    this.#named = name;
  }

  override render() {
    const store = this.#watch.store;
    if (this.failed) return html`<oq-over .code=${this.failed.code} .why=${this.failed.message}></oq-over>`;
    if (store?.linkState === "closed")
      return html`<oq-over .code=${store.oops?.code ?? ""} .why=${store.oops?.message ?? ""}></oq-over>`;
    return html`<main>
        <div class="picture"><oq-picture .store=${store}></oq-picture></div>
        ${this.#strip(store)}
        <section class="scene" aria-label=${store?.scene?.title ?? t("link.connecting")}>${store ? this.#scene(store) : this.#skeleton()}</section>
        <div class="dock"><oq-on-stage .store=${store}></oq-on-stage></div>
      </main>
      <oq-connection .state=${store?.linkState ?? (this.slow ? "waiting" : "live")}></oq-connection>`;
  }

  override updated(): void {
    const lost = this.#watch.store?.lost;
    if (lost) announce(t("refused", { why: lost.why }));
  }

  async #enter(): Promise<void> {
    const code = readCode(decodeURIComponent(location.pathname.split("/")[2] ?? ""));
    const session: Session = await reach(
      () => join(code, "audience"),
      () => {
        this.slow = true;
      },
    );
    document.title = `${session.show.title} · oncue`;
    this.#watch.store = await begin(session, { remember: true, gated: true });
    this.slow = false;
  }

  /** One line: what is on, who one is, how one stands. Always there, always as high. */
  #strip(store: Store | undefined): TemplateResult {
    const mood = store?.scene?.scene.mood ?? "quiet";
    const title = html`<h1 class=${store?.name ? "second" : ""}>${store?.session.show.title ?? nothing}</h1>`;
    return html`<div class="strip"><span class="lamp ${mood}"></span>${title}${store?.name ? this.#me(store) : nothing}${store?.people ? people(store.people) : nothing}</div>`;
  }

  #me(store: Store): TemplateResult {
    const stats =
      mineOf(store).stats.blocks?.flatMap((block) => (block.block === "stats" ? block.stats : [])) ?? [];
    return html`<button class="button plain who" data-testid="me" aria-label=${`${store.name}: ${t("me.rename")}`} aria-expanded=${Boolean(this.renaming)}
        @click=${this.#rename}><span>${store.name}</span></button>
      <dl class="stats figure" data-testid="score">${stats.map((one) => html`<div class=${one.tone ?? "plain"}><dt><bdi>${one.label}</bdi></dt><dd><bdi>${one.value}</bdi></dd></div>`)}</dl>`;
  }

  #scene(store: Store): TemplateResult {
    const fresh = Boolean(store.welcome) && !store.name;
    const { rest } = mineOf(store);
    const may = store.name ? "act" : "wait";
    return html`${
      fresh || this.renaming
        ? html`<oq-name .store=${store} .joining=${store.joining} .why=${store.nameless} .name=${store.name}></oq-name>`
        : nothing
    }
      ${store.scene ? html`<oq-scene data-testid="scene" data-at=${store.scene.at} data-seq=${store.scene.seq} .scene=${store.scene.scene} .view=${viewOf(store, store.scene, "phone", may)}></oq-scene>` : this.#skeleton()}
      ${rest.blocks?.length ? html`<oq-scene class="mine" data-testid="mine" quiet .scene=${rest} .view=${viewOf(store, store.private, "phone", may)}></oq-scene>` : nothing}`;
  }

  #skeleton(): TemplateResult {
    return html`<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i></div>`;
  }

  #rename = (): void => {
    this.renaming = !this.renaming;
  };
}

const people = (n: number): TemplateResult =>
  html`<span class="people figure" data-testid="people">${icon("people")}<span class="unseen">${t("people", { n })}</span><span aria-hidden="true">${say(n)}</span></span>`;

customElements.define("oq-audience", OqAudience);
