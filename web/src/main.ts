/** Which page this is, by its address. The audience's is here; the others come when they are asked for. */
import { listen } from "./strings";
import "./theme.css";

const PAGES: Record<string, { element: string; load: () => Promise<unknown> }> = {
  "": { element: "oq-landing", load: () => import("./pages/landing") },
  j: { element: "oq-audience", load: () => import("./pages/audience") },
  host: { element: "oq-host", load: () => import("./pages/host") },
  overlay: { element: "oq-overlay", load: () => import("./pages/overlay") },
  screen: { element: "oq-screen", load: () => import("./pages/screen") },
  series: { element: "oq-series", load: () => import("./pages/series") },
  replay: { element: "oq-replay", load: () => import("./pages/replay") },
};

async function open(): Promise<void> {
  const name = location.pathname.split("/")[1] ?? "";
  const page = PAGES[name] ?? PAGES[""];
  if (!page) return;
  document.documentElement.toggleAttribute("data-clear", name === "overlay");
  await Promise.all([page.load(), listen(navigator.languages)]);
  document.body.replaceChildren(document.createElement(page.element));
}

void open();
