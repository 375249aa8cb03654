/** The view of a store's scene on a surface: what blocks show as chosen, and where their actions go. */
import type { Surface, View } from "../blocks/view";
import { keyOf } from "../outbox";
import type { Store } from "../store";
import type { AnyBlock, Mark, Scene } from "../wire";

/** How far a viewer may act here: `watch` draws no controls at all, `wait` draws them for later. */
export type May = "watch" | "wait" | "act";

/** `scene`: what the blocks belong to. */
export function viewOf(
  store: Store,
  scene: { segment: string; scene: Scene } | undefined,
  surface: Surface,
  may: May,
): View {
  const segment = scene?.segment ?? "";
  const blocks = scene?.scene.blocks ?? [];
  const key = (block: AnyBlock): string => keyOf(segment, block, blocks.indexOf(block));
  return {
    surface,
    viewer: may === "watch" ? 0 : store.session.viewer,
    controls: may !== "watch",
    active: may === "act",
    time: () => store.time,
    chosen: (block) => store.outbox.chosen(key(block), markOf(store, segment, block)),
    choose: (block, action, value) => store.choose(key(block), segment, action, value),
  };
}

function markOf(store: Store, segment: string, block: AnyBlock): Mark | undefined {
  const mine = store.private;
  if (!block.id || mine?.segment !== segment) return undefined;
  return mine.scene.blocks?.find((one): one is Mark => one.block === "mark" && one.of === block.id);
}

/** What is private besides the marks: the figures for the status line, and all the rest. */
export function mineOf(store: Store): { stats: Scene; rest: Scene } {
  const same = store.private && store.private.segment === store.scene?.segment;
  const blocks = (same ? store.private?.scene.blocks : undefined) ?? [];
  return {
    stats: { blocks: blocks.filter((block) => block.block === "stats") },
    rest: { blocks: blocks.filter((block) => block.block !== "stats" && block.block !== "mark") },
  };
}
