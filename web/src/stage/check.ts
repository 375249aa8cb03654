import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { Uplink } from "../publish/door";
import type { Publisher } from "../publish/publisher";
import { t } from "../strings";
import { icon } from "../ui/icon";
import { base, buttons, fields } from "../ui/styles";
import type { MyStage } from "../wire";
import type { Backstage } from "./backstage";
import { SPEECH } from "./level";
import "./level";
import "./mirror";
import { enough, SAID, type Verdict, verdict } from "./network";
import { choice, troubles } from "./parts";
import { stageStyles } from "./stage.styles";

/** How often results are looked at (ms), and after which time silence is worth a word. */
const LOOK = 500;
const SILENCE = 8_000;

type Result = "good" | "bad" | "open";

/** Trying camera, microphone and connection before anybody sees or hears one. */
export class OqCheck extends LitElement {
  static override properties = {
    way: { attribute: false },
    mine: { attribute: false },
    sent: { state: true },
  };
  static override styles = [
    base,
    buttons,
    fields,
    stageStyles,
    css`
      .body {
        display: grid;
        gap: 0.9rem;
        grid-template-columns: minmax(0, 1fr);
      }
      oq-mirror {
        inline-size: min(100%, 13rem);
        justify-self: center;
      }
      .actions {
        position: sticky;
        inset-block-end: 0;
        margin: 0 -1.25rem -1rem;
        padding: 0.6rem 1.25rem 1rem;
        background: var(--surface);
      }
      .inputs {
        display: grid;
        gap: 0.7rem;
        align-content: start;
      }
      .input {
        display: grid;
        gap: 0.4rem;
      }
      @container (min-width: 34rem) {
        .body {
          grid-template-columns: minmax(0, 1fr) minmax(0, 1.1fr);
          align-items: start;
        }
        oq-mirror {
          inline-size: 100%;
        }
      }
    `,
  ];

  declare way: Backstage;
  declare mine: MyStage;
  declare sent: boolean;
  #timer: ReturnType<typeof setInterval> | undefined;
  #tried = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => this.requestUpdate(), LOOK);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  override render() {
    const { publisher } = this.way;
    return html`<section class="panel" aria-labelledby="what" data-testid="check">
      <div class="head"><div><h2 id="what">${t("stage.check")}</h2><p class="soft">${t("stage.check-who")}</p></div></div>
      ${publisher ? this.#body(publisher) : html`<p class="soft">${t("stage.opening")}</p>`}
    </section>`;
  }

  #body(publisher: Publisher) {
    const said = this.#network(publisher);
    const results = this.#results(publisher, said);
    const passed = Object.values(results).every((one) => one === "good");
    const broken = publisher.troubles.length > 0;
    return html`<div class="body">
        <oq-mirror .stream=${publisher.preview} ?off=${!publisher.camera && !publisher.screen} ?straight=${publisher.screen}></oq-mirror>
        <div class="inputs">
          ${publisher.opening ? html`<p class="soft">${t("stage.opening")}</p>` : nothing}
          ${troubles(publisher.troubles)}
          <div class="input">${this.#result(results.camera, t(publisher.camera ? "stage.seen" : "stage.no-camera"))}
            <div class="row">${choice(publisher, "camera")}
              <button class="button" data-testid="camera" aria-pressed=${String(publisher.camera)} ?disabled=${publisher.opening}
                @click=${() => void this.way.turn("camera", !publisher.camera)}>${t(publisher.camera ? "stage.hide" : "stage.show")}</button></div></div>
          <div class="input">${this.#result(results.microphone, this.#heard(publisher))}
            <oq-level .publisher=${publisher}></oq-level>
            <div class="row">${choice(publisher, "microphone")}</div></div>
          <div class="input" data-testid="network" data-verdict=${said}>${this.#result(results.network, t(SAID[said], { rtt: this.#rtt }))}</div>
        </div></div>
      <p class="soft">${t("stage.speaker")}</p>
      <div class="row actions">
        ${broken ? html`<button class="button primary grow" data-testid="try-again" @click=${() => void this.way.again()}>${t("stage.again")}</button>` : nothing}
        <button class="button ${passed || !broken ? "grow" : ""} ${passed ? "primary" : ""}" data-testid="ready" data-passed=${String(passed)} ?disabled=${this.sent || publisher.opening}
          @click=${() => this.#ready(publisher, results, said)}>${t(passed ? "stage.ready" : "stage.ready-anyway")}</button>
        <button class="button plain" data-testid="leave" @click=${() => this.way.act("leave-stage")}>${t("stage.decline")}</button>
      </div>`;
  }

  #results(publisher: Publisher, said: Verdict): Record<"camera" | "microphone" | "network", Result> {
    const broken = (kind: string): boolean => publisher.troubles.some((one) => one.kind === kind);
    const heard = publisher.microphone && publisher.loudest > SPEECH;
    return {
      camera: broken("camera") ? "bad" : "good",
      microphone: heard ? "good" : broken("microphone") || this.#silent ? "bad" : "open",
      network: enough(said) ? "good" : said === "trying" ? "open" : "bad",
    };
  }

  get #silent(): boolean {
    return performance.now() - this.way.since > SILENCE;
  }

  #heard(publisher: Publisher): string {
    if (publisher.loudest > SPEECH) return t("stage.heard");
    return t(this.#silent ? "stage.silent" : "stage.say");
  }

  #result(state: Result, words: string): TemplateResult {
    const mark = state === "open" ? html`<i class="dot"></i>` : icon(state === "good" ? "right" : "warn");
    return html`<div class="result" data-state=${state}>${mark}<span>${words}</span></div>`;
  }

  #network(publisher: Publisher): Verdict {
    const uplink: Uplink = publisher.uplink();
    if (publisher.started) this.#tried ||= performance.now();
    return verdict(this.#tried ? performance.now() - this.#tried : 0, this.#rtt, uplink);
  }

  /** Round trip (ms): the clock's bounds are half of it away. */
  get #rtt(): number {
    return Math.ceil((2 * this.way.store.clock.error) / 1000);
  }

  #ready(publisher: Publisher, results: Record<string, Result>, said: Verdict): void {
    this.sent = true;
    const passed = Object.values(results).every((one) => one === "good");
    const { camera, microphone } = publisher;
    const heard = results["microphone"] === "good" ? "stage.word-ok" : "stage.word-silent";
    const words = t("stage.words", {
      camera: t(
        camera ? "stage.word-ok" : results["camera"] === "bad" ? "stage.word-failed" : "stage.word-off",
      ),
      microphone: t(microphone ? heard : "stage.word-failed"),
      network: t(
        said === "good" ? "stage.word-ok" : said === "small" ? "stage.word-small" : "stage.word-failed",
      ),
    });
    this.way.act("checked", { passed, camera, microphone, words: words.slice(0, 200) });
  }
}

customElements.define("oq-check", OqCheck);
