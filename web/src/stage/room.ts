import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Input } from "../publish/devices";
import type { Publisher } from "../publish/publisher";
import { t, type Word } from "../strings";
import type { OqConfirm } from "../ui/confirm";
import "../ui/confirm";
import { icon } from "../ui/icon";
import { lamp } from "../ui/lamp";
import { base, buttons, fields } from "../ui/styles";
import type { MyStage } from "../wire";
import type { Backstage } from "./backstage";
import "./level";
import "./mirror";
import { choice, troubles } from "./parts";
import { stageStyles } from "./stage.styles";

const TOGGLES = {
  microphone: {
    icons: "mic",
    off: "mic-off",
    turn: ["stage.unmute", "stage.mute"],
    name: "stage.microphone",
  },
  camera: { icons: "camera", off: "camera-off", turn: ["stage.show", "stage.hide"], name: "stage.camera" },
} as const;

/** The green room and the air: how one stands, and what one can turn on and off. */
export class OqRoom extends LitElement {
  static override properties = { way: { attribute: false }, mine: { attribute: false } };
  static override styles = [
    base,
    buttons,
    fields,
    lamp,
    stageStyles,
    css`
      .head oq-mirror {
        flex: none;
        inline-size: 7.5rem;
      }
      .sign {
        display: inline-flex;
        align-items: center;
        gap: 0.5rem;
      }
      .live .head {
        margin: -1rem -1.25rem 0;
        padding: 0.6rem 1.25rem;
        background: var(--air);
        color: var(--on-air);
      }
      .live .sign {
        font-size: 1.375rem;
        font-weight: 800;
      }
      .live .sign i {
        inline-size: 0.8rem;
        block-size: 0.8rem;
        border-radius: 50%;
        background: currentColor;
      }
      .live .soft {
        color: inherit;
      }
      .live .head oq-mirror {
        inline-size: 5rem;
      }
      .away .head {
        background: var(--raised);
        color: var(--ink);
      }
      .controls {
        display: grid;
        grid-template-columns: repeat(4, minmax(0, 1fr));
        gap: 0.6rem;
      }
      .controls .button {
        padding-inline: 0.5rem;
      }
      .controls [aria-pressed="false"] {
        color: var(--bad);
        border-color: currentColor;
      }
      .controls span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      @container (max-width: 30rem) {
        .controls span {
          position: absolute;
          inline-size: 1px;
          block-size: 1px;
          overflow: hidden;
          clip-path: inset(50%);
        }
      }
      .more {
        padding: 0.75rem 0 0;
      }
      .told {
        display: flex;
        align-items: center;
        gap: 0.4rem;
        padding-block-start: 0.25rem;
        font-weight: 650;
      }
      @container (min-width: 38rem) {
        .panel {
          grid-template-columns: minmax(0, 1fr) auto;
          align-items: center;
        }
        .panel > :not(.head, .bar) {
          grid-column: 1 / -1;
        }
        .live .head {
          align-self: stretch;
          margin: -1rem 0 -0.3rem -1.25rem;
        }
        .bar:has(.more) {
          grid-column: 1 / -1;
        }
        .controls span {
          position: absolute;
          inline-size: 1px;
          block-size: 1px;
          overflow: hidden;
          clip-path: inset(50%);
        }
        oq-level {
          margin-block-start: 0.4rem;
          order: 1;
        }
      }
    `,
  ];

  declare way: Backstage;
  declare mine: MyStage;
  #open = false;

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("mine")) this.dataset["state"] = this.mine.state ?? "";
  }

  override render() {
    const { publisher, away } = this.way;
    const live = this.mine.state === "live";
    return html`<section class="panel ${live ? "live" : "green"} ${away ? "away" : ""}" aria-labelledby="what" data-testid=${live ? "live" : "green"}>
        <div class="head"><div>${away ? this.#away() : live ? this.#live(publisher) : this.#green()}</div>
          <oq-mirror .stream=${publisher?.preview} ?off=${!publisher?.camera && !publisher?.screen} ?straight=${publisher?.screen ?? false}></oq-mirror></div>
        ${
          publisher
            ? html`${troubles(publisher.troubles)}${this.#controls(publisher)}
          <oq-level .publisher=${publisher} ?muted=${!publisher.microphone || (live && this.mine.muted)}></oq-level>`
            : nothing
        }
      </section>
      <oq-confirm></oq-confirm>`;
  }

  #away(): TemplateResult {
    return html`<h2 id="what" data-testid="away">${t("stage.away")}</h2><p class="soft">${t("stage.away-why")}</p>`;
  }

  #green(): TemplateResult {
    const talks = (this.mine.talkers ?? []).length > 0;
    return html`<h2 id="what" class="sign"><span class="lamp reveal"></span>${t("stage.green")}</h2>
      <p class="soft">${t("stage.green-who")} ${t("stage.green-wait")}</p>
      ${talks ? html`<p class="told" data-testid="talks">${icon("talk")} ${t("stage.talks")}</p>` : nothing}`;
  }

  #live(publisher: Publisher | undefined): TemplateResult {
    const talks = (this.mine.talkers ?? []).length > 0;
    return html`<h2 id="what" class="sign"><i></i>${t("stage.live")}</h2>
      <p class="soft" data-testid="heard">${t(this.#heard(publisher))}</p>
      ${talks ? html`<p class="told" data-testid="talks">${icon("talk")} ${t("stage.talks")}</p>` : nothing}`;
  }

  #heard(publisher: Publisher | undefined): Word {
    if (this.mine.muted) return "stage.muted";
    const seen = publisher?.camera || publisher?.screen;
    if (seen) return publisher?.microphone ? "stage.live-who" : "stage.live-mute";
    return publisher?.microphone ? "stage.live-sound" : "stage.live-none";
  }

  #controls(publisher: Publisher): TemplateResult {
    return html`<div class="bar"><div class="controls">
        ${this.#toggle("microphone", publisher.microphone)}
        ${this.#toggle("camera", publisher.camera)}
        <button class="button" data-testid="devices" aria-expanded=${String(this.#open)} aria-label=${t("stage.devices")} title=${t("stage.devices")} @click=${this.#more}>${icon("more")}<span>${t("stage.devices")}</span></button>
        <button class="button danger" data-testid="leave" aria-label=${t("stage.leave")} title=${t("stage.leave")} @click=${this.#leave}>${icon("leave")}<span>${t("stage.leave-yes")}</span></button>
      </div>${this.#open ? this.#devices(publisher) : nothing}</div>`;
  }

  #toggle(input: Input, on: boolean): TemplateResult {
    const { icons, off, turn, name } = TOGGLES[input];
    const label = t(turn[on ? 1 : 0]);
    return html`<button class="button" data-testid=${input} aria-pressed=${String(on)} aria-label=${label} title=${label}
      @click=${() => void this.way.turn(input, !on)}>${icon(on ? icons : off)}<span>${t(name)}</span></button>`;
  }

  #devices(publisher: Publisher): TemplateResult {
    const { screen } = publisher;
    return html`<div class="panel more">${choice(publisher, "camera")}${choice(publisher, "microphone")}
      ${
        "getDisplayMedia" in (navigator.mediaDevices ?? {})
          ? html`<button class="button" data-testid="screen" aria-pressed=${String(screen)} @click=${() => void this.way.share(!screen)}>${icon("out")} ${t(screen ? "stage.unshare" : "stage.share")}</button>`
          : nothing
      }</div>`;
  }

  #more = (): void => {
    this.#open = !this.#open;
    this.requestUpdate();
  };

  #leave = (): void => {
    const confirm = this.renderRoot.querySelector<OqConfirm>("oq-confirm");
    confirm?.ask(t("stage.leave-sure"), t("stage.leave-why"), () => this.way.act("leave-stage"));
  };
}

customElements.define("oq-room", OqRoom);
