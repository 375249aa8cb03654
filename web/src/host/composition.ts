/** How the stage is laid out and mixed, as a console sets it: always the whole, as the action `layout` takes it. Pure. */
import type { SeatInfo, StageInfo } from "../wire";

export const LAYOUTS = ["auto", "grid", "spotlight", "side", "pip"] as const;
export type LayoutName = (typeof LAYOUTS)[number];

/** The loudest that a seat can be made, and what the slider moves by. */
export const LOUDEST = 2;
export const STEP = 0.05;

export interface Composition {
  layout: string;
  main: string;
  order: string[];
  gains: Record<string, number>;
  duck: number;
}

export function compositionOf(stage: StageInfo | undefined): Composition {
  const { seats = [], layout = "auto", main = "", gains = {}, duck = 0.25 } = stage ?? {};
  return { layout, main, order: seats.map((one) => one.seat), gains, duck };
}

/** The seats as a draft has them in order; those that it does not know come last, as they are. */
export function inOrder(seats: readonly SeatInfo[], order: readonly string[]): SeatInfo[] {
  const place = (seat: SeatInfo): number => {
    const at = order.indexOf(seat.seat);
    return at < 0 ? order.length : at;
  };
  return [...seats].sort((a, b) => place(a) - place(b));
}

export function moved(order: readonly string[], seat: string, by: 1 | -1): string[] {
  const from = order.indexOf(seat);
  const to = from + by;
  if (from < 0 || to < 0 || to >= order.length) return [...order];
  const made = [...order];
  made.splice(from, 1);
  made.splice(to, 0, seat);
  return made;
}

/** A level of one is not named: it is what all have. */
export function levelled(gains: Record<string, number>, seat: string, gain: number): Record<string, number> {
  const { [seat]: _, ...rest } = gains;
  const level = Math.min(LOUDEST, Math.max(0, Math.round(gain / STEP) * STEP));
  return Math.abs(level - 1) < STEP / 2 ? rest : { ...rest, [seat]: Number(level.toFixed(2)) };
}

export function sameComposition(a: Composition, b: Composition): boolean {
  const flat = (one: Composition): string =>
    JSON.stringify([one.layout, one.main, one.order, Object.entries(one.gains).sort(), one.duck]);
  return flat(a) === flat(b);
}
