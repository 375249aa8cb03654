import { html, LitElement, nothing, type TemplateResult } from "lit";
import "../blocks/scene";
import { DIAL } from "../host/dial";
import "../host/dial";
import "../host/costs";
import "../host/people";
import "../host/primary";
import "../host/programme";
import "../host/recording";
import { recordingDot } from "../host/recording";
import "../host/rounds";
import { RULING } from "../host/ruling";
import "../host/rundown";
import "../host/stage";
import "../host/stage-dock";
import "../host/stage-queue";
import { clockWords } from "../host/stage-words";
import "../host/troubles";
import { hostToken, Refusal, session } from "../identity";
import type { Store } from "../store";
import { t } from "../strings";
import { brand } from "../ui/brand";
import type { OqConfirm } from "../ui/confirm";
import "../ui/confirm";
import { begin, reach } from "../ui/enter";
import { icon } from "../ui/icon";
import "../ui/join-box";
import { lamp, wordmark } from "../ui/lamp";
import "../ui/over";
import "../ui/picture";
import "../ui/schema-form";
import "../ui/status";
import { panel } from "../host/panel.styles";
import { base, buttons } from "../ui/styles";
import { viewOf } from "../ui/view";
import { Watch } from "../watch";
import type { ActionSpec, DeskMsg } from "../wire";
import { hostStyles } from "./host.styles";

/** The host's desk: what the audience sees, what only the host sees, and one big button that is always in the same place. */
export class OqHost extends LitElement {
  static override properties = {
    failed: { state: true },
    copied: { state: true },
    now: { state: true },
    roomy: { state: true },
  };
  static override styles = [base, buttons, lamp, wordmark, panel, recordingDot, hostStyles];

  declare failed: Refusal | undefined;
  declare copied: boolean;
  /** Show time (µs), once a second: what is told of waiting and of being on air. */
  declare now: number;
  /** Whether there is room for columns. */
  declare roomy: boolean;
  readonly #watch = new Watch(this);
  readonly #wide = matchMedia("(min-width: 48rem)");
  #told = 0;
  #tick: ReturnType<typeof setInterval> | undefined;
  #recording = 0;

  constructor() {
    super();
    this.now = 0;
    this.roomy = this.#wide.matches;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#tick);
    this.#wide.removeEventListener("change", this.#resized);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#wide.addEventListener("change", this.#resized);
    this.#tick = setInterval(() => {
      this.now = this.#watch.store?.clock.now() ?? 0;
    }, 1_000);
    this.#enter().catch((error: unknown) => {
      if (error instanceof Refusal) this.failed = error;
    });
  }

  override render() {
    const store = this.#watch.store;
    if (this.failed) return html`<oq-over .code=${this.failed.code} .why=${this.failed.message}></oq-over>`;
    if (!store) return nothing;
    if (store.linkState === "closed")
      return html`<oq-over .code=${store.oops?.code ?? ""} .why=${store.oops?.message ?? ""}></oq-over>`;
    const { desk } = store;
    this.toggleAttribute("data-modest", store.session.role === "moderator");
    const host = store.session.role !== "moderator";
    return html`${this.#head(store)}
      <main @oq-ask=${this.#ask}>${this.#columns(store, desk, host)}</main>
      ${host ? html`<oq-primary .store=${store} .desk=${desk}></oq-primary>` : nothing}
      <oq-confirm></oq-confirm>
      <div class="toast" role="alert" data-testid="toast">${store.lost && store.lost.n === this.#told ? t("refused", { why: store.lost.why }) : nothing}</div>
      <oq-connection .state=${store.linkState}></oq-connection>`;
  }

  override willUpdate(): void {
    if (!this.#watch.store?.desk?.stage?.recording) this.#recording = 0;
    else this.#recording ||= this.#watch.store.clock.now();
    const lost = this.#watch.store?.lost;
    if (!lost || lost.n === this.#told) return;
    this.#told = lost.n;
    setTimeout(() => {
      if (this.#told === lost.n) this.#told = 0;
      this.requestUpdate();
    }, 5_000);
  }

  async #enter(): Promise<void> {
    const token = hostToken(location.pathname.split("/")[2] ?? "");
    if (!token) throw new Refusal(401, "auth/missing", t("host.token"));
    const known = await reach(
      () => session(token),
      () => {},
    );
    document.title = `${known.show.title} · ${t("host.console")}`;
    this.#watch.store = await begin(known, { remember: false, gated: false });
  }

  #head(store: Store): TemplateResult {
    const people = store.desk?.people ?? store.people;
    return html`<header>${brand}<h1>${store.session.show.title}</h1>
      ${this.#recording ? html`<span class="people figure" role="img" aria-label=${t("rec.on")} data-testid="recording-dot"><span class="dot" data-on></span>${clockWords(this.now - this.#recording)}</span>` : nothing}
      <span class="people figure" data-testid="people">${icon("people")}<span class="unseen">${t("people", { n: people })}</span><span aria-hidden="true">${people}</span></span></header>`;
  }

  #columns(store: Store, desk: DeskMsg | undefined, host: boolean): TemplateResult {
    return html`<section class="air" aria-label=${t("host.public")}>
          <oq-picture .store=${store}></oq-picture>
          ${this.roomy && host ? this.#programme(store) : nothing}
          <div class="preview">
            <p class="kicker"><span class="lamp ${store.scene?.scene.mood ?? "quiet"}"></span> ${t("host.public")}</p>
            <oq-scene data-testid="scene" quiet .scene=${store.scene?.scene} .view=${viewOf(store, store.scene, "phone", "watch")}></oq-scene>
          </div>
        </section>
        <section class="work">${this.#work(store, desk, host)}</section>
        <section class="side">
          ${host ? html`<oq-rundown .store=${store} .desk=${desk}></oq-rundown>` : nothing}
          ${this.roomy ? this.#queue(store, desk, host) : nothing}
          ${host ? html`<oq-recording .store=${store} .desk=${desk} .now=${this.now} .since=${this.#recording} @oq-since=${this.#since}></oq-recording>` : nothing}
          ${this.#join(store)}
          <oq-people .store=${store} .desk=${desk}></oq-people>
          <oq-costs .desk=${desk}></oq-costs>
          ${this.#health(store)}
        </section>`;
  }

  #work(store: Store, desk: DeskMsg | undefined, host: boolean): TemplateResult {
    return html`<oq-troubles .store=${store} .desk=${desk} ?staff=${host}></oq-troubles>
          ${this.#stage(store, desk, host)}
          ${
            desk?.scene.blocks?.length
              ? html`<div class="desk"><p class="kicker">${t("host.desk")}</p>
                <oq-scene data-testid="desk" quiet .scene=${desk.scene} .view=${viewOf(store, desk, "desk", "act")}></oq-scene></div>`
              : nothing
          }
          ${this.#actions(store, desk)}
          ${this.#clock(store, desk, host)}`;
  }

  /** The stage: on a phone under the thumb, with all that belongs to it, else with the queue and the programme in places of their own. */
  #stage(store: Store, desk: DeskMsg | undefined, host: boolean): TemplateResult {
    return html`<oq-stage-dock .stage=${desk?.stage}>
      <oq-stage .store=${store} .desk=${desk} .now=${this.now} .staff=${host}></oq-stage>
      ${this.roomy ? nothing : this.#queue(store, desk, host)}
      ${this.roomy || !host ? nothing : this.#programme(store)}</oq-stage-dock>`;
  }

  #programme(store: Store): TemplateResult {
    const { desk } = store; // a scene leaves the programme out while it is all there is, and where it comes from always
    return html`<oq-programme .store=${store} .info=${desk?.stage?.programme ?? undefined} .seq=${desk?.seq ?? 0}></oq-programme>`;
  }

  #queue(store: Store, desk: DeskMsg | undefined, host: boolean): TemplateResult {
    return html`<oq-stage-queue .store=${store} .desk=${desk} .now=${this.now} .staff=${host}></oq-stage-queue>`;
  }

  #actions(store: Store, desk: DeskMsg | undefined): TemplateResult | typeof nothing {
    const specs = desk?.actions ?? [];
    if (!desk || specs.length === 0) return nothing;
    return html`<div class="actions" role="group" aria-label=${t("host.actions")}>${specs.map((spec) => this.#action(store, desk, spec))}</div>`;
  }

  #action(store: Store, desk: DeskMsg, spec: ActionSpec): TemplateResult {
    const ready = spec.ready !== false && (desk.state ?? "open") === "open";
    if (Object.keys((spec.schema as { properties?: object }).properties ?? {}).length === 0) {
      return html`<button class="button" data-testid="action-${spec.type}" title=${spec.doc} ?disabled=${!ready}
        @click=${() => store.act(desk.segment, { type: spec.type })}>${spec.title}</button>`;
    }
    if (!ready)
      return html`<button class="button" data-testid="action-${spec.type}" title=${spec.doc} disabled>${spec.title}</button>`;
    return html`<details class="form" data-testid="action-${spec.type}"><summary class="button" title=${spec.doc}>${spec.title}…</summary>
      <oq-schema-form .spec=${spec} @oq-send=${(event: CustomEvent<Record<string, unknown>>) => store.act(desk.segment, event.detail)}></oq-schema-form></details>`;
  }

  #clock(store: Store, desk: DeskMsg | undefined, host: boolean): TemplateResult {
    const told = (control: string) => store.outbox.chosen(control, undefined);
    const dial = desk?.playout
      ? html`<oq-dial .store=${store} .playout=${desk.playout} .told=${told(DIAL)} .live=${store.scene?.scene.mood === "live"}></oq-dial>`
      : nothing;
    return html`${host ? dial : nothing}
      <oq-rounds .store=${store} .desk=${desk} .told=${told(RULING)} ?may=${host && (desk?.state ?? "open") === "open"}></oq-rounds>`;
  }

  #join(store: Store): TemplateResult {
    const { code } = store.session.show;
    return html`<details class="panel" open><summary>${t("host.join")}</summary>
      <oq-join-box .session=${store.session}></oq-join-box>
      <div class="row"><button class="button" data-testid="copy" @click=${() => this.#copy(store)}>${icon("copy")} ${t(this.copied ? "host.copied" : "host.copy")}</button>
        <a class="button" target="_blank" rel="noopener" href="/screen/${code}">${icon("out")} ${t("host.screen")}</a></div></details>`;
  }

  #health(store: Store): TemplateResult {
    const delay = store.delay ? t("host.delay", { n: (store.delay / 1e6).toFixed(1) }) : store.door;
    return html`<p class="health figure" data-testid="health">${t(`link.${store.linkState}`)} · ${t("host.rtt", { n: Math.ceil(store.clock.error / 1000) })} · ${delay}${doors(store.desk)}</p>`;
  }

  /** Recorded since before this page was there. */
  #since = (event: CustomEvent<number>): void => {
    if (this.#watch.store?.desk?.stage?.recording) this.#recording = event.detail;
    this.requestUpdate();
  };

  #resized = (): void => {
    this.roomy = this.#wide.matches;
  };

  async #copy(store: Store): Promise<void> {
    await navigator.clipboard?.writeText(store.session.urls.join).catch(() => {});
    this.copied = true;
    setTimeout(() => {
      this.copied = false;
    }, 2_000);
  }

  #ask = (event: CustomEvent<{ what: string; why: string; then: () => void }>): void => {
    const { what, why, then } = event.detail;
    this.renderRoot.querySelector<OqConfirm>("oq-confirm")?.ask(what, why, then);
  };
}

const DOORS = ["moq", "tcp", "whep", "none"] as const;

/** By which door how many have the picture; nothing where the node has not counted yet. */
function doors(desk: DeskMsg | undefined): string {
  const counted = desk?.playout?.doors ?? {};
  if (Object.keys(counted).length === 0) return "";
  return DOORS.map((door) => ` · ${t(`health.${door}`, { n: counted[door] ?? 0 })}`).join("");
}

customElements.define("oq-host", OqHost);
