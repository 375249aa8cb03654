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
  mic: "M12 3.5a3 3 0 0 1 3 3V11a3 3 0 0 1-6 0V6.5a3 3 0 0 1 3-3M5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21",
  "mic-off":
    "M15 11V6.5a3 3 0 0 0-5.8-1M9 9.5V11a3 3 0 0 0 4.2 2.7M5.5 11a6.5 6.5 0 0 0 10 5.5M18.5 11c0 .7-.1 1.4-.3 2M12 17.5V21M4 3.5l16.5 17",
  camera: "M3 8a2 2 0 0 1 2-2h9a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2zM16 11l5-3.5v9L16 13",
  "camera-off":
    "M8.5 6H14a2 2 0 0 1 2 2v5M16 11l5-3.5v9M14.5 18H5a2 2 0 0 1-2-2V8c0-.6.2-1.1.7-1.5M3.5 3.5l17 17",
  talk: "M4 5h16v11h-8l-5 4.5V16H4z",
  hand: "M7.5 13V6.2a1.6 1.6 0 0 1 3.2 0V11M10.7 10.5V4.6a1.6 1.6 0 0 1 3.2 0V11M13.9 11V6.4a1.6 1.6 0 0 1 3.2 0V14c0 4-2.2 6.5-5.6 6.5-2.7 0-4-1.2-5.3-3.6l-2-3.8c-.9-1.8 1.1-2.8 2.2-1.4l1.1 1.5",
  star: "M12 4l2.5 5.2 5.7.7-4.2 3.9 1.1 5.6-5.1-2.8-5.1 2.8L8 13.8 3.8 9.9l5.7-.7z",
  cut: "M7.5 3.5h9l4 4v9l-4 4h-9l-4-4v-9zM8.5 8.5l7 7M15.5 8.5l-7 7",
  leave: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  play: "M7 4.5v15l12.5-7.5z",
  pause: "M8 5v14M16 5v14",
  warn: "M12 4 2.5 20h19zM12 10v4.5M12 17.2v.01",
} as const;

export type Icon = keyof typeof PATHS;

export function icon(name: Icon): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" width="1.25em" height="1.25em" fill="none" stroke="currentColor"
    stroke-width=${name === "more" ? 3.5 : 2.4} stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${svg`<path d=${PATHS[name]} />`}</svg>`;
}
