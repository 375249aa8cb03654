/**
 * Web components of formats: loaded when a scene first needs one, from the address that the scene names.
 *
 * A module exports classes; the page gives each an element name of its own. So two formats cannot be in each other's way, and the next
 * version of a module can stand beside the one before.
 */
import type { Surface } from "./view";

/** What became of what was sent last. */
export interface Sent {
  readonly state: "none" | "sending" | "sent" | "refused";
  readonly value: unknown;
  readonly why: string;
  readonly verdict: "" | "right" | "wrong";
  readonly note: string;
}

/** What the page gives to a component besides its `props`. A new one each time that something has changed. */
export interface Oncue {
  readonly surface: Surface;
  readonly viewer: number;
  readonly ready: boolean;
  readonly sent: Sent;
  time(): number;
  send(value: unknown): boolean;
}

/** A component, as docs/oncue.d.ts describes it to authors. */
export interface Component extends HTMLElement {
  props?: unknown;
  oncue?: Oncue;
  draw?(): void;
}

type Made = new () => Component;
export type Import = (address: string) => Promise<Record<string, unknown>>;

const ADDRESS = /^\/formats\/[^/]+\/[0-9a-f]+\/[^?#]+$/;
/** A network that is gone for a moment should not cost the round (ms). */
const AGAIN = [800, 4000];

const load: Import = (address) => import(/* @vite-ignore */ address);
const modules = new Map<string, Promise<Record<string, unknown>>>();
const classes = new WeakMap<object, Made>();
let count = 0;

/** The class of a component, ready to be made. Rejects when there is none; then it may be asked for again. */
export async function component(src: string, element: string, from: Import = load): Promise<Made> {
  if (!ADDRESS.test(src) || src.includes(".."))
    throw new Error("the scene does not say where its component is");
  const found = await module(src, from);
  const given = found[element || "default"];
  if (typeof given !== "function" || !(given.prototype instanceof HTMLElement))
    throw new Error(`${src} exports no element ${element || "by default"}`);
  let made = classes.get(given);
  if (!made) {
    made = guarded(given as Made);
    count += 1;
    customElements.define(`oncue-${nameOf(src)}-${count}`, made);
    classes.set(given, made);
  }
  return made;
}

function module(src: string, from: Import): Promise<Record<string, unknown>> {
  const known = modules.get(src);
  if (known !== undefined) return known;
  const loading = patiently(src, from);
  modules.set(src, loading);
  loading.catch(() => modules.delete(src));
  return loading;
}

/** Some browsers remember that a module could not be had, so the next time it is asked for by another address. */
async function patiently(src: string, from: Import): Promise<Record<string, unknown>> {
  for (const [turn, wait] of AGAIN.entries()) {
    try {
      return await from(turn ? `${src}?again=${turn}` : src);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it came, and is wrong
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return from(`${src}?again=${AGAIN.length}`);
}

const nameOf = (src: string): string => (src.split("/")[2] ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "-");

/** What fails when it comes to the page or leaves it fails for itself. */
function guarded(given: Made): Made {
  class Guarded extends (given as new () => Component & {
    connectedCallback?(): void;
    disconnectedCallback?(): void;
  }) {
    override connectedCallback(): void {
      attempt(this, () => super.connectedCallback?.());
    }
    override disconnectedCallback(): void {
      attempt(this, () => super.disconnectedCallback?.());
    }
  }
  return Guarded;
}

/** Do it; when it throws, the element says so by an event `oncue-broken`. */
export function attempt(element: Component, what: () => void): void {
  try {
    what();
  } catch (error) {
    tell(error);
    element.dispatchEvent(new CustomEvent("oncue-broken"));
  }
}

/** To whom it may concern: the author of the component, who looks for it in the browser's console. */
export function tell(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: there is no other place where an author would look
  console.warn("a component of the format failed:", error);
}
