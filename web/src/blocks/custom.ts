import { css, html, LitElement, nothing } from "lit";
import type { Chosen, Value } from "../outbox";
import { t } from "../strings";
import { base } from "../ui/styles";
import type { Custom } from "../wire";
import { attempt, type Component, component, tell } from "./component";
import { state } from "./state";
import { actionOf, type View } from "./view";

/** How long nothing is said while a component loads (ms). */
const PATIENCE = 6000;

/** A web component of the format. Whatever goes wrong with it, words stand in its place, and the page goes on. */
export class OqCustom extends LitElement {
  static override properties = {
    block: { attribute: false },
    view: { attribute: false },
    chosen: { attribute: false },
    trouble: { state: true },
    made: { state: true },
  };
  static override styles = [
    base,
    css`
      .box {
        display: grid;
        inline-size: 100%;
        max-block-size: var(--custom-height, none);
        min-inline-size: 0;
        contain: layout style;
      }
      .box[data-ratio] {
        aspect-ratio: var(--ratio);
      }
      .alt {
        display: grid;
        place-items: center;
        place-content: center;
        gap: 0.4em;
        min-block-size: 5em;
        padding: 1em;
        border: 1.5px dashed var(--line);
        border-radius: var(--r);
        color: var(--soft);
        text-align: center;
      }
      .box[data-ratio] .alt {
        min-block-size: 0;
      }
      .foot {
        min-block-size: 2.2em;
        padding-block-start: 0.5em;
        color: var(--soft);
      }
    `,
  ];

  declare block: Custom;
  declare view: View;
  declare chosen: Chosen;
  /** Why there is no element: it is still loading after a while, or it cannot be had. */
  declare trouble: "" | "slow" | "broken";
  declare made: Component | undefined;
  #which = "";
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.trouble = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#patience);
  }

  override willUpdate(): void {
    const which = `${this.block.src ?? ""} ${this.block.element ?? ""}`;
    if (which !== this.#which) {
      this.#which = which;
      void this.#make(which);
    }
  }

  override render() {
    const { ratio, send } = this.block;
    const ours = send && this.view.controls;
    return html`<div class="box" style=${ratio ? `--ratio:${ratio}` : nothing} data-ratio=${ratio ? "" : nothing} data-testid="custom"
        data-state=${this.trouble || (this.made ? "ready" : "loading")}>${this.trouble ? this.#words() : (this.made ?? nothing)}</div>
      ${ours ? html`<div class="foot" role="status" data-testid="choice-state" data-state=${this.chosen.state}>${state(this.chosen, true)}</div>` : nothing}`;
  }

  override updated(): void {
    if (this.made && !this.trouble) this.#give(this.made);
  }

  #words() {
    const { alt } = this.block;
    return html`<p class="alt" data-testid="custom-alt">${alt ? html`<span><bdi>${alt}</bdi></span>` : nothing}
      <small>${t(this.trouble === "slow" ? "custom.slow" : "custom.missing")}</small></p>`;
  }

  async #make(which: string): Promise<void> {
    this.made = undefined;
    this.trouble = "";
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      if (!this.made && !this.trouble) this.trouble = "slow";
    }, PATIENCE);
    try {
      const Made = await component(this.block.src ?? "", this.block.element ?? "");
      if (which !== this.#which) return;
      const made = new Made();
      made.addEventListener("oncue-broken", () => this.#broke(made));
      this.trouble = "";
      this.made = made;
    } catch (error) {
      if (which !== this.#which) return;
      tell(error);
      this.trouble = "broken";
    } finally {
      if (which === this.#which) clearTimeout(this.#patience);
    }
  }

  /** What it draws from, and then the word to draw. */
  #give(made: Component): void {
    const { view, block, chosen } = this;
    const ready = Boolean(block.send) && view.controls && view.active;
    attempt(made, () => {
      made.props = block.props ?? {};
      made.oncue = {
        surface: view.surface,
        viewer: view.viewer,
        ready,
        sent: chosen,
        time: () => view.time(),
        send: (value) => this.#send(value),
      };
      made.draw?.();
    });
  }

  #send(value: unknown): boolean {
    const { block, view } = this;
    if (!block.send || !view.controls || !view.active || this.trouble) return false;
    const fields = value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
    const action =
      fields && !block.send.field
        ? { ...fields, ...actionOf(block.send, null) }
        : actionOf(block.send, value as Value);
    view.choose(block, action, fields ? null : (value as Value));
    return true;
  }

  #broke(made: Component): void {
    if (this.made !== made) return;
    // Not while Lit draws.
    queueMicrotask(() => {
      this.made = undefined;
      this.trouble = "broken";
    });
  }
}

customElements.define("oq-custom", OqCustom);
