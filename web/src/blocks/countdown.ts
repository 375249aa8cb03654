import { css, html, LitElement, nothing } from "lit";
import { t } from "../strings";
import { announce } from "../ui/announce";
import { base } from "../ui/styles";
import type { Countdown } from "../wire";
import type { View } from "./view";

/** What a screen reader is told, and when: at half, ten and five seconds, and at the end. Gives "" for any other moment. */
export function spoken(left: number, before: number, total: number): string {
  const half = Math.round(total / 2);
  const passed = (mark: number): boolean => left <= mark && before > mark;
  if (passed(0)) return t("count.over");
  if (passed(5) && total > 5) return t("count.left", { n: 5 });
  if (passed(10) && total > 12) return t("count.left", { n: 10 });
  if (passed(half) && half > 12) return t("count.half");
  return "";
}

/** The light that drains, and the seconds beside it. */
export class OqCountdown extends LitElement {
  static override properties = {
    block: { attribute: false },
    view: { attribute: false },
    left: { state: true },
  };
  static override styles = [
    base,
    css`
      .row {
        display: flex;
        align-items: center;
        gap: 0.8em;
      }
      .bar {
        position: relative;
        flex: 1;
        block-size: var(--bar, 0.625em);
        border-radius: 1em;
        background: var(--raised);
        box-shadow: inset 0 0 0 1px var(--line);
        overflow: hidden;
      }
      .bar i {
        position: absolute;
        inset: 0;
        border-radius: inherit;
        background: var(--lamp);
        box-shadow: inset 0 0 0 1px var(--lamp-edge);
        transform-origin: left;
      }
      .bar i:dir(rtl) {
        transform-origin: right;
      }
      .digits {
        min-inline-size: 2.1em;
        text-align: end;
        font-size: var(--digits, 1.5em);
        font-weight: 780;
        line-height: 1;
        letter-spacing: -0.02em;
      }
      .over {
        color: var(--soft);
      }
      .kicker {
        margin-block-end: 0.4em;
      }
      .ring {
        display: none;
      }
      :host([data-ring]) .bar {
        display: none;
      }
      :host([data-ring]) .row {
        position: relative;
        inline-size: var(--ring, 5em);
        block-size: var(--ring, 5em);
      }
      :host([data-ring]) .ring {
        display: block;
        position: absolute;
        inset: 0;
        transform: rotate(-90deg);
      }
      :host([data-ring]) .digits {
        inline-size: 100%;
        text-align: center;
        font-size: calc(var(--ring, 5em) * 0.4);
      }
      circle {
        fill: none;
        stroke: var(--raised);
        stroke-width: 9;
      }
      .arc {
        stroke: var(--lamp);
        stroke-dasharray: 100;
      }
    `,
  ];

  declare block: Countdown;
  declare view: View;
  /** Whole seconds, rounded up. */
  declare left: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #motion: Animation | undefined;
  #running = "";

  constructor() {
    super();
    this.left = Number.POSITIVE_INFINITY;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.block) this.#tick();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#motion?.cancel();
    this.#running = "";
  }

  override willUpdate(): void {
    const ring = this.view.surface === "overlay" || this.view.surface === "screen";
    this.toggleAttribute("data-ring", ring);
    this.left = Math.ceil(this.#span / 1000);
  }

  override render() {
    const left = Math.max(0, this.left);
    return html`${this.block.label ? html`<p class="kicker">${this.block.label}</p>` : nothing}
      <div class="row" role="timer" aria-label=${t("count.label")} aria-live="off">
        <div class="bar"><i></i></div>
        <svg class="ring" viewBox="0 0 100 100" aria-hidden="true">
          <circle cx="50" cy="50" r="44" /><circle class="arc" cx="50" cy="50" r="44" pathLength="100" />
        </svg>
        <span class="digits figure ${left ? "" : "over"}" data-testid="countdown">${left}</span>
      </div>`;
  }

  override updated(): void {
    const pace = this.view.pace?.();
    const key = `${this.block.until}/${this.block.total}/${pace?.rate}/${pace?.jumps}`;
    if (key === this.#running) return;
    this.#running = key;
    this.#drain();
    this.#tick();
  }

  /** Time left (ms). */
  get #span(): number {
    return Math.max(0, (this.block.until - this.view.time()) / 1000);
  }

  #tick(): void {
    clearTimeout(this.#timer);
    const span = this.#span;
    const left = Math.ceil(span / 1000);
    const said = spoken(left, this.left, Math.round(this.block.total / 1e6));
    if (said && Number.isFinite(this.left)) announce(said);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (calm || this.#drifted(span)) this.#drain();
    this.left = left;
    const rate = this.view.pace?.().rate ?? 1;
    if (span > 0 && rate > 0) this.#timer = setTimeout(() => this.#tick(), (span % 1000 || 1000) / rate);
  }

  /** The picture may have stood still, or the clock was corrected: more than a quarter second shows. */
  #drifted(span: number): boolean {
    const at = Number(this.#motion?.currentTime ?? 0);
    return Math.abs(this.block.total / 1000 - at - span) > 250;
  }

  /** One animation of the browser's own: no script runs while the light drains. With reduced motion it steps. */
  #drain(): void {
    this.#motion?.cancel();
    const total = Math.max(1, this.block.total / 1000);
    const bar = this.renderRoot.querySelector(this.hasAttribute("data-ring") ? ".arc" : ".bar i");
    const frames = this.hasAttribute("data-ring")
      ? { strokeDashoffset: ["0", "100"] }
      : { transform: ["scaleX(1)", "scaleX(0)"] };
    this.#motion = bar?.animate(frames, { duration: total, fill: "both" });
    if (!this.#motion) return;
    this.#motion.currentTime = Math.max(0, total - this.#span);
    this.#motion.playbackRate = this.view.pace?.().rate ?? 1;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.#motion.pause();
  }
}

customElements.define("oq-countdown", OqCountdown);
