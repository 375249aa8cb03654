/** What a page of oncue and a web component of a format say to each other. See "Web components" in formats.md. */

/** What became of what this viewer sent last. */
export interface Sent {
  /** `sending`: on its way; `sent`: recorded, it will count exactly once; `refused`: it does not count, and `why`. */
  readonly state: "none" | "sending" | "sent" | "refused";
  /** What was sent; after that what the private scene's `Mark` for this block says. */
  readonly value: unknown;
  readonly why: string;
  readonly verdict: "" | "right" | "wrong";
  readonly note: string;
}

/** The page, as a component sees it. It is another object each time that something has changed. */
export interface Oncue {
  /** Where it is drawn: a viewer's page, the host's console, the overlay or the big screen. */
  readonly surface: "phone" | "desk" | "overlay" | "screen";
  /** Who looks: a viewer's id, or 0 for nobody in particular. */
  readonly viewer: number;
  /** Whether something can be sent now: the block has a `send`, and this surface is one that people act on. */
  readonly ready: boolean;
  readonly sent: Sent;
  /** Show time of this screen in µs: what is to move with the picture moves by it. */
  time(): number;
  /** Send a value: it becomes an action by the block's `send`. An object without a `field` gives all of its fields. False: not now. */
  send(value: unknown): boolean;
}

/** What a module exports are classes of these. */
export interface Component<Props = Record<string, unknown>> extends HTMLElement {
  /** The block's `props`. Set before the first `draw`, and again whenever the scene has changed. */
  props: Props;
  oncue: Oncue;
  /** Called when it has come to the page, and after each change of `props` and `oncue`. What it throws takes it from the page. */
  draw?(): void;
}
