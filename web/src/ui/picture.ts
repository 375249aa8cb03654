import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { session as renew } from "../identity";
import { type PictureState, play, playable } from "../picture";
import { tilesStyles } from "../seats/tiles.styles";
import type { Store } from "../store";
import { t, type Word } from "../strings";
import { Watch } from "../watch";
import { icon } from "./icon";
import { lamp } from "./lamp";
import { base, buttons } from "./styles";

/** The relay may have been started anew with another certificate: after about this long without a picture, ask where it is (ms). */
const RENEW = 3_000;
/** Each time it is asked for in vain the next time comes later, up to this (ms): a whole hall may be asking. */
const MOST = 60_000;

const SAID: Partial<Record<PictureState, Word>> = {
  none: "door.none",
  connecting: "door.connecting",
  stalled: "door.stalled",
  waiting: "door.waiting",
};

/** The live picture in its 16:9 place, which is there from the first moment on. */
export class OqPicture extends LitElement {
  static override properties = { store: { attribute: false }, bare: { type: Boolean } };
  static override styles = [
    base,
    buttons,
    lamp,
    tilesStyles,
    css`
      :host {
        position: relative;
        container-type: inline-size;
        aspect-ratio: 16 / 9;
        overflow: hidden;
        background: #0b0a08;
        color: #f8f3e8;
        border-radius: var(--picture-radius, 0);
      }
      .box {
        position: absolute;
        inset: 0;
      }
      .box > * {
        opacity: 0;
        transition: opacity 300ms;
      }
      :host([data-seen]) .box > * {
        opacity: 1;
      }
      .word {
        position: absolute;
        inset: 0;
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 0.8rem;
        padding: 1.5rem;
        text-align: center;
        color: #d3c9b7;
        animation: late 300ms 700ms both;
      }
      :host([data-seen]) .word {
        place-content: end start;
        justify-items: start;
        display: flex;
        align-items: end;
        padding: 0.8rem 1rem;
        background: linear-gradient(transparent 60%, #000a);
      }
      .word .lamp {
        --size: 1.4rem;
      }
      :host([data-seen]) .word .lamp {
        --size: 0.7rem;
        align-self: center;
      }
      @keyframes late {
        from {
          opacity: 0;
        }
      }
      .sound {
        position: absolute;
        inset-block-end: 0.6rem;
        inset-inline-end: 0.6rem;
        border-color: #fff3;
        background: #0b0a08cc;
        color: #f8f3e8;
        padding-inline: 0.9rem;
        font-size: 0.9375rem;
      }
      .sound:hover:not(:disabled) {
        background: #26221c;
      }
      @container (max-width: 14rem) {
        .word p,
        .sound {
          display: none;
        }
      }
      @container (max-width: 30rem) {
        .sound {
          padding: 0;
          border-radius: 50%;
        }
        .sound span {
          display: none;
        }
      }
      /* Beside other people's tiles there is room for the sign alone. */
      .box[data-layout]:not([data-layout="full"]) ~ .sound {
        padding: 0;
        border-radius: 50%;
      }
      .box[data-layout]:not([data-layout="full"]) ~ .sound span {
        display: none;
      }
      .sound.off {
        padding: 0;
        opacity: 0.7;
      }
      .sound.off:is(:hover, :focus-visible) {
        opacity: 1;
      }
    `,
  ];

  declare store: Store | undefined;
  /** Without controls: for the big screen, where nobody can press. */
  declare bare: boolean;
  readonly #watch = new Watch(this);
  #started = false;
  #wait = RENEW;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("store")) this.#watch.store = this.store;
  }

  override render() {
    const state = this.#state;
    const muted = this.store?.picture?.muted ?? true;
    this.toggleAttribute("data-seen", this.#seen(state));
    this.dataset["state"] = state;
    return html`<div class="box" data-testid="picture" data-state=${state} data-door=${this.store?.door ?? "none"} title=${this.#way}></div>
      ${this.#word(state)}
      ${
        !this.bare && this.store?.picture && state === "playing"
          ? html`<button class="button sound ${muted ? "" : "off"}" data-testid="sound" aria-label=${t(muted ? "sound.on" : "sound.off")}
            @click=${this.#sound}>${icon(muted ? "mute" : "sound")}${muted ? html`<span>${t("sound.on")}</span>` : nothing}</button>`
          : nothing
      }`;
  }

  override updated(): void {
    this.store?.picture?.staged();
    if (!this.#started && this.store) {
      this.#started = true;
      this.#play(this.store).catch(() => {});
    }
    const state = this.#state;
    if (state === "playing") this.#wait = RENEW;
    if (state === "playing" || state === "none") this.#calm();
    else this.#timer ??= setTimeout(() => this.#again(), this.#wait * (1 + Math.random() / 2));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#calm();
  }

  /** Said to who points at the picture, when it does not come by the best way. */
  get #way(): string {
    const door = this.store?.door;
    return door === "tcp" || door === "whep" ? t(`door.${door}`) : "";
  }

  /** Whether there was ever something to be seen. */
  #seen(state: PictureState): boolean {
    return state === "playing" || (this.store?.picture?.frames ?? 0) > 0;
  }

  get #state(): PictureState {
    return this.store?.picture?.state ?? (playable() ? "connecting" : "none");
  }

  #word(state: PictureState): TemplateResult | typeof nothing {
    const word = SAID[state];
    return word ? html`<div class="word"><span class="lamp"></span><p>${t(word)}</p></div>` : nothing;
  }

  async #play(store: Store): Promise<void> {
    const box = this.renderRoot.querySelector<HTMLElement>(".box");
    if (!box) return;
    store.picture = await play(store.session, box, {
      scene: (scene) => store.relayed(scene),
      changed: () => store.relayed(),
      turned: () => store.turned(),
      painted: () => store.painted(),
      show: (local) => {
        const now = store.clock.now();
        return now && now / 1000 + local - performance.now();
      },
      target: () => (store.wants.gated ? store.target / 1000 : 0),
      stage: () => store.scene?.stage,
      coming: () => store.coming?.stage,
      me: () => ({ viewer: store.session.viewer, mine: store.stage }),
      preview: () => store.publisher?.preview,
    });
    store.relayed();
  }

  /** Looks for a relay that has moved. */
  async #again(): Promise<void> {
    this.#timer = undefined;
    this.#wait = Math.min(MOST, this.#wait * 2);
    const { store } = this;
    if (!store || !playable() || document.hidden) return;
    const now = await renew(store.session.token).catch(() => undefined);
    const moved = now?.relay && now.relay.fingerprint !== store.session.relay?.fingerprint;
    if (now && moved && this.isConnected) {
      store.session.relay = now.relay;
      store.picture?.close();
      store.picture = undefined;
      await this.#play(store).catch(() => {});
    }
    this.requestUpdate();
  }

  #calm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sound = (): void => {
    const picture = this.store?.picture;
    if (picture) picture.muted = !picture.muted;
  };
}

customElements.define("oq-picture", OqPicture);
