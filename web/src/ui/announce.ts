/** One polite live region for the page: what has changed is said once, in whole sentences. */

let region: HTMLElement | undefined;
let last = "";

export function announce(text: string): void {
  if (!region) {
    region = document.createElement("div");
    region.className = "unseen";
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    region.dataset["testid"] = "announcer";
    document.body.append(region);
  }
  if (text === last) return;
  last = text;
  region.textContent = text;
}
