/** Drawings of a few strokes, in the colour of the text around them. Never the only sign: words stand beside or behind them. */
import { html, svg, type TemplateResult } from "lit";

const PATHS = {
  right: "M4 12.5 9.5 18 20 6.5",
  wrong: "M6 6 18 18M18 6 6 18",
  up: "M12 19V5M5 12l7-7 7 7",
  down: "M12 5v14M5 12l7 7 7-7",
  sound: "M4 9v6h4l5 4V5L8 9H4M16.5 8.5a5 5 0 0 1 0 7M19 6a8.5 8.5 0 0 1 0 12",
  mute: "M4 9v6h4l5 4V5L8 9H4M17 9.5l5 5M22 9.5l-5 5",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c.4-4 3-6 6.5-6s6.1 2 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6M18 14.5c2 .8 3.2 2.6 3.5 5.5",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  copy: "M9 9h11v11H9zM15 5H4v11",
  out: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  warn: "M12 4 2.5 20h19zM12 10v4.5M12 17.2v.01",
} as const;

export type Icon = keyof typeof PATHS;

export function icon(name: Icon): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" width="1.25em" height="1.25em" fill="none" stroke="currentColor"
    stroke-width=${name === "more" ? 3.5 : 2.4} stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${svg`<path d=${PATHS[name]} />`}</svg>`;
}
