/** Where the seats' tiles stand in the 16:9 place of the picture: a CSS grid. */
import { PROGRAMME } from "./cast";

export type Kind = "full" | "grid" | "side" | "spotlight" | "pip";

export interface Place {
  seat: string;
  /** CSS grid-area: row, column, to row, to column. */
  area: string;
  main: boolean;
  /** At the lower right, where the picture has its button. */
  corner?: boolean;
}

export interface Plan {
  kind: Kind;
  columns: string;
  rows: string;
  /** No tile is higher than this (in hundredths of the picture's width): faces do not get narrower than a portrait. */
  highest: number;
  places: Place[];
}

/** Portraits are at most this much higher than wide. */
const PORTRAIT = 1.25;
/** Width of the column beside the large place, and of tiles over the picture; more where the picture is small (hundredths). */
const ASIDE = { wide: 25, narrow: 30 };
const OVER = { wide: 21, narrow: 27 };
/** With more than so many in one column there are two narrower ones. */
const COLUMN = 4;
const SLIM = 18;
const MARGIN = 2;

/** Which of the layouts it comes down to, for so many seats. */
export function kindOf(layout: string, seats: readonly string[], main: string): Kind {
  if (seats.length <= 1) return "full";
  if (layout === "spotlight" || layout === "pip") return layout;
  if (layout === "grid") return "grid";
  if (layout === "side") return seats.length <= 3 ? "side" : "grid";
  if (seats.includes(main) || seats.includes(PROGRAMME)) return "spotlight";
  return seats.length === 2 ? "side" : "grid";
}

/** The seat in the large place. */
export function mainOf(layout: string, seats: readonly string[], main: string): string {
  if (seats.includes(main)) return main;
  return (layout === "auto" && seats.find((seat) => seat === PROGRAMME)) || (seats[0] ?? "");
}

/** Lays out `seats`, in their order. `narrow`: the picture is small, as on a phone. */
export function plan(layout: string, seats: readonly string[], main: string, narrow: boolean): Plan {
  const kind = kindOf(layout, seats, main);
  const large = mainOf(layout, seats, main);
  const rest = seats.filter((seat) => seat !== large);
  if (kind === "spotlight") return spotlight(large, rest, narrow ? ASIDE.narrow : ASIDE.wide);
  if (kind === "pip") return pip(large, rest, narrow ? OVER.narrow : OVER.wide);
  return grid(kind, seats, kind === "side" ? seats.length : columnsFor(seats.length));
}

const columnsFor = (n: number): number => (n <= 1 ? 1 : n <= 4 ? 2 : n <= 9 ? 3 : 4);

/** Rows of equal tiles, the last row in the middle: so columns are half a tile wide. */
function grid(kind: Kind, seats: readonly string[], columns: number): Plan {
  const rows = Math.max(1, Math.ceil(seats.length / columns));
  const places = seats.map((seat, i) => {
    const row = Math.floor(i / columns);
    const inRow = row === rows - 1 ? seats.length - row * columns : columns;
    const column = columns - inRow + 2 * (i % columns) + 1;
    const area = `${row + 1} / ${column} / ${row + 2} / ${column + 2}`;
    const corner = i === seats.length - 1 && inRow === columns;
    return { seat, area, main: kind === "full", ...(corner && { corner }) };
  });
  return {
    kind,
    columns: equal(2 * columns),
    rows: equal(rows),
    highest: kind === "full" ? 100 : (100 / columns) * PORTRAIT,
    places,
  };
}

function spotlight(large: string, rest: string[], aside: number): Plan {
  const columns = rest.length > COLUMN ? 2 : 1;
  const width = columns > 1 ? SLIM : aside;
  const rows = Math.ceil(rest.length / columns);
  const others = rest.map((seat, i) => {
    const [row, column] = [(i % rows) + 1, Math.floor(i / rows) + 2];
    const area = `${row} / ${column} / ${row + 1} / ${column + 1}`;
    return { seat, area, main: false, ...(i === rows * columns - 1 && { corner: true }) };
  });
  return {
    kind: "spotlight",
    columns: `minmax(0, ${100 - columns * width}fr) repeat(${columns}, minmax(0, ${width}fr))`,
    rows: equal(rows),
    highest: width * PORTRAIT,
    places: [{ seat: large, area: `1 / 1 / ${rows + 1} / 2`, main: true }, ...others],
  };
}

/** The others stand at the foot of the large picture; from the left, where no button is. */
function pip(large: string, rest: string[], most: number): Plan {
  const width = Math.min(most, (100 - MARGIN) / rest.length - MARGIN);
  const others = rest.map((seat, i) => ({ seat, area: `2 / ${i + 2} / 3 / ${i + 3}`, main: false }));
  return {
    kind: "pip",
    columns: `${MARGIN}% repeat(${rest.length}, ${width}%) minmax(0, 1fr)`,
    // In a place of 16:9 tiles of 16:9 are as many hundredths high as wide.
    rows: `minmax(0, 1fr) ${width}% ${2 * MARGIN}%`,
    highest: width,
    places: [{ seat: large, area: "1 / 1 / -1 / -1", main: true }, ...others],
  };
}

const equal = (n: number): string => `repeat(${n}, minmax(0, 1fr))`;

/** How much of a picture may be cut off so that it fills its tile. */
const CUT = 0.6;

/** Whether a picture fills its tile, cut at the sides, or is shown whole. Sizes in any unit; `whole` is wished for the large ones. */
export function fit(
  picture: { width: number; height: number },
  tile: { width: number; height: number },
  whole: boolean,
): "cover" | "contain" {
  if (whole || !picture.height || !tile.height) return "contain";
  const [a, b] = [picture.width / picture.height, tile.width / tile.height];
  return Math.min(a, b) / Math.max(a, b) >= 1 - CUT ? "cover" : "contain";
}
