import { css, html, LitElement, nothing } from "lit";
import { t } from "../strings";
import { base, buttons } from "../ui/styles";
import type { Backstage } from "./backstage";
import { stageStyles } from "./stage.styles";

/** How long an invitation is open (ms), and from when on it is said (s). */
const OPEN = 60_000;
const LAST = 20;

/** "You are invited": the guest's own key. */
export class OqInvited extends LitElement {
  static override properties = { way: { attribute: false }, sent: { state: true } };
  static override styles = [
    base,
    buttons,
    stageStyles,
    css`
      .panel {
        border-block-start: 4px solid var(--lamp);
      }
      h2 {
        font-size: 1.5rem;
      }
      @media (prefers-reduced-motion: no-preference) {
        .panel {
          animation: rise var(--calm) var(--ease);
        }
        @keyframes rise {
          from {
            translate: 0 1.5rem;
            opacity: 0;
          }
        }
      }
    `,
  ];

  declare way: Backstage;
  declare sent: boolean;
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => this.requestUpdate(), 1_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  override render() {
    const left = Math.ceil((OPEN - (performance.now() - this.way.since)) / 1000);
    return html`<section class="panel" aria-labelledby="what" data-testid="invited">
      <h2 id="what">${t("stage.invited")}</h2>
      <p class="soft">${t("stage.invited-how")} ${left <= LAST && left > 0 ? html`<b>${t("stage.left", { n: left })}</b>` : nothing}</p>
      <div class="row">
        <button class="button primary grow" data-testid="accept" ?disabled=${this.sent} @click=${() => this.#accept(true)}>${t("stage.accept")}</button>
        <button class="button grow" data-testid="accept-sound" ?disabled=${this.sent} @click=${() => this.#accept(false)}>${t("stage.accept-sound")}</button>
        <button class="button plain" data-testid="decline" ?disabled=${this.sent} @click=${this.#decline}>${t("stage.decline")}</button>
      </div></section>`;
  }

  #accept(camera: boolean): void {
    this.sent = true;
    this.way.accept(camera);
  }

  #decline = (): void => {
    this.sent = true;
    this.way.act("decline-stage");
  };
}

customElements.define("oq-invited", OqInvited);
