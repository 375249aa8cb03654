/** A layout as a little drawing: the large place is filled, the others are outlines. */
import { type SVGTemplateResult, svg } from "lit";
import type { LayoutName } from "./composition";

/** x, y, width, height in a field of 48 × 27; the first is the main one where there is one. */
type Box = [number, number, number, number];

const DRAWN: Record<LayoutName, { main: boolean; boxes: Box[] }> = {
  auto: {
    main: true,
    boxes: [
      [3, 3, 27, 21],
      [33, 3, 12, 9.5],
      [33, 14.5, 12, 9.5],
    ],
  },
  grid: {
    main: false,
    boxes: [
      [3, 3, 20, 9.5],
      [25, 3, 20, 9.5],
      [3, 14.5, 20, 9.5],
      [25, 14.5, 20, 9.5],
    ],
  },
  spotlight: {
    main: true,
    boxes: [
      [8, 3, 32, 14.5],
      [8, 19.5, 9, 5],
      [19.5, 19.5, 9, 5],
      [31, 19.5, 9, 5],
    ],
  },
  side: {
    main: false,
    boxes: [
      [3, 6, 20, 15],
      [25, 6, 20, 15],
    ],
  },
  pip: {
    main: true,
    boxes: [
      [3, 3, 42, 21],
      [31.5, 14.5, 11, 7],
    ],
  },
};

const rect = ([x, y, width, height]: Box, filled: boolean): SVGTemplateResult =>
  svg`<rect x=${x} y=${y} width=${width} height=${height} rx="1.5" class=${filled ? "main" : ""} />`;

export function drawing(layout: LayoutName): SVGTemplateResult {
  const { main, boxes } = DRAWN[layout];
  const sign =
    layout === "auto" ? svg`<path d="M13.5 17.5 16.5 9 19.5 17.5M14.6 14.6h3.8" class="sign" />` : svg``;
  return svg`<svg viewBox="0 0 48 27" aria-hidden="true">${boxes.map((box, i) => rect(box, main && i === 0))}${sign}</svg>`;
}
