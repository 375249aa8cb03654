import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Store } from "./store";

/** Draws its host again whenever the store has changed: the one controller over the store. */
export class Watch implements ReactiveController {
  #store: Store | undefined;
  readonly #again: () => void;

  constructor(host: ReactiveControllerHost) {
    this.#again = () => host.requestUpdate();
    host.addController(this);
  }

  get store(): Store | undefined {
    return this.#store;
  }

  set store(store: Store | undefined) {
    if (store === this.#store) return;
    this.#store?.removeEventListener("change", this.#again);
    this.#store = store;
    store?.addEventListener("change", this.#again);
    this.#again();
  }

  hostConnected(): void {
    this.#store?.addEventListener("change", this.#again);
  }

  hostDisconnected(): void {
    this.#store?.removeEventListener("change", this.#again);
  }
}
