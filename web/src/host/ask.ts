import { t } from "../strings";

/** Has the page ask "really?" before `then`. */
export function ask(from: HTMLElement, what: string, why: string, then: () => void): void {
  from.dispatchEvent(
    new CustomEvent("oq-ask", {
      detail: { what: what || t("host.sure"), why, then },
      bubbles: true,
      composed: true,
    }),
  );
}
