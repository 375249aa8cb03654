import { html, LitElement } from "lit";
import { t } from "../strings";
import { icon } from "../ui/icon";
import { base, buttons } from "../ui/styles";
import { cap } from "./stage-guest.styles";

/** A shorter press keeps the voice on, a longer one ends with the press (ms). */
const HOLD = 350;

/** The key for talking: held while one talks, or tapped to keep it on. Fires `oq-talk` with whether to talk. */
export class OqTalk extends LitElement {
  static override properties = {
    on: { attribute: false },
    off: { attribute: false },
    waits: { attribute: false },
    label: { attribute: false },
  };
  static override styles = [base, buttons, cap];

  declare on: boolean;
  /** Whether it cannot be pressed now. */
  declare off: boolean;
  declare waits: boolean;
  declare label: string;
  /** Local time (ms) of the press that goes on; -1: it ends what was on; 0: none. */
  #since = 0;

  override render() {
    return html`<button class="button cap talk" data-testid="talk" title=${t("crew.talk-hint")} aria-label=${this.label} aria-pressed=${this.on ? "true" : "false"}
      aria-disabled=${this.off ? "true" : "false"} ?data-waits=${this.waits} @pointerdown=${this.#point} @pointerup=${this.up} @pointercancel=${this.up}
      @click=${this.#click}>${icon("talk")}<span>${t("crew.talk")}</span></button>`;
  }

  /** A press begins. */
  down(): void {
    if (this.off || this.#since) return;
    this.#since = this.on ? -1 : performance.now();
    if (this.#since > 0) this.#say(true);
  }

  /** It ends: a long one, or one on a key that was on, ends the talk; a short one has switched it on. */
  up = (): void => {
    const since = this.#since;
    this.#since = 0;
    if (since < 0 || (since > 0 && performance.now() - since > HOLD)) this.#say(false);
  };

  #point = (event: PointerEvent): void => {
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.down();
  };

  /** By keyboard or a screen reader: there is nothing to hold. */
  #click = (event: MouseEvent): void => {
    if (event.detail === 0 && !this.off) this.#say(!this.on);
  };

  #say(on: boolean): void {
    this.dispatchEvent(new CustomEvent("oq-talk", { detail: on, bubbles: true, composed: true }));
  }
}

customElements.define("oq-talk", OqTalk);
