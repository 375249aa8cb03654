/** What a block knows of the page that it stands on. */
import type { Chosen, Value } from "../outbox";
import type { AnyBlock, Send } from "../wire";

export type Surface = "phone" | "desk" | "overlay" | "screen";

export interface View {
  surface: Surface;
  /** Who looks; 0: nobody in particular. */
  viewer: number;
  /** Whether controls are drawn at all, and whether they may be used. */
  controls: boolean;
  active: boolean;
  /** Show time that this screen is at (µs). */
  time(): number;
  /** How fast that runs (0: it stands), where it is no live show; another `jumps`: it has jumped. */
  pace?(): { rate: number; jumps: number };
  chosen(block: AnyBlock): Chosen;
  choose(block: AnyBlock, action: Record<string, unknown>, value: Value): void;
}

/** The action of a control: `{"type": type, ...fixed, field: value}`. */
export function actionOf(send: Send, value: Value): Record<string, unknown> {
  return { type: send.type, ...send.fixed, ...(send.field ? { [send.field]: value } : {}) };
}

export const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** `37%`: whole per cents, as people read them. */
export const percent = (share: number): string => `${Math.round(share * 100)}%`;
