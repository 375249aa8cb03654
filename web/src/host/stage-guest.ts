import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Store } from "../store";
import { sentence, t, type Word } from "../strings";
import { type Icon, icon } from "../ui/icon";
import { lamp } from "../ui/lamp";
import { base, buttons } from "../ui/styles";
import { Watch } from "../watch";
import type { GuestInfo, SeatInfo } from "../wire";
import { cap, guestStyles } from "./stage-guest.styles";
import "./stage-monitor";
import { first, guestPress, keyFor, type Press, press, READ, type StageAction } from "./stage-press";
import "./stage-talk";
import type { OqTalk } from "./stage-talk";
import { ANSWER, away, clockWords, hearing, left, stateWord } from "./stage-words";
import { isolated } from "./words";

/** A second press within this time is a slip of the finger: the key means something else now (ms). */
const GUARD = 400;

/** The keys of a strip that has the focus. */
export const KEYS = { live: "L", green: "G", mute: "M", talk: "T", off: "O" } as const;

/** One person on the way to the stage: a strip of the desk, which keeps its place from the invitation to the end. */
export class OqStageGuest extends LitElement {
  static override properties = {
    store: { attribute: false },
    guest: { attribute: false },
    seat: { attribute: false },
    me: { attribute: false },
    names: { attribute: false },
    onair: { attribute: false },
    room: { attribute: false },
    number: { attribute: false },
    seq: { attribute: false },
    now: { attribute: false },
    staff: { attribute: false },
    airs: { attribute: false },
    known: { attribute: false },
    menu: { state: true },
    heard: { state: true },
    helps: { state: true },
  };
  static override styles = [base, buttons, lamp, cap, guestStyles];

  declare store: Store;
  declare guest: GuestInfo;
  /** Theirs, while they are on air. */
  declare seat: SeatInfo | undefined;
  /** Who sits at this console, when they are on the way to the stage themselves. */
  declare me: GuestInfo | undefined;
  declare names: (viewer: number) => string;
  /** The others on air, whom this one may be put in for. */
  declare onair: GuestInfo[];
  declare room: string;
  declare number: number;
  declare seq: number;
  /** Show time (µs). */
  declare now: number;
  /** Whether this is a host's or producer's console, or a moderator's. */
  declare staff: boolean;
  /** Whether something of them may still be on its way to the viewers. */
  declare airs: boolean;
  /** Whether their picture or sound has come before. */
  declare known: boolean;
  declare menu: boolean;
  declare heard: boolean | undefined;
  /** Whether it is to be said how one talks. */
  declare helps: boolean;
  #was = "";
  #guarded = 0;
  /** Whether the key for talking is down. */
  #held = false;
  #read: ReturnType<typeof setTimeout> | undefined;
  readonly #watch = new Watch(this);

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("keydown", this.#key);
    this.addEventListener("keyup", this.#keyUp);
    this.addEventListener("focusout", this.#left);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("keydown", this.#key);
    this.removeEventListener("keyup", this.#keyUp);
    this.removeEventListener("focusout", this.#left);
    clearTimeout(this.#read);
  }

  /** Takes the focus, so that its keys work. */
  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>(".strip")?.focus();
  }

  override willUpdate(_: PropertyValues<this>): void {
    this.#watch.store = this.store;
    const look = this.#look;
    if (this.#was && look !== this.#was) this.#guarded = performance.now() + GUARD;
    this.#was = look;
    if (this.me) this.helps = false;
    if (!this.#told.why) {
      clearTimeout(this.#read);
      this.#read = undefined;
    } else this.#read ??= setTimeout(this.#forget, READ);
  }

  override render() {
    const { guest } = this;
    const look = this.#look;
    const full = guest.state !== "invited";
    return html`<div class="strip" role="group" tabindex="-1" data-look=${look} data-testid="guest-${guest.viewer}" data-state=${guest.state}
        aria-label=${guest.name} aria-keyshortcuts=${this.staff ? Object.values(KEYS).join(" ") : nothing}>
      <div class="top">
        ${full && this.staff && guest.viewer !== this.store.session.viewer ? html`<oq-monitor .store=${this.store} .room=${this.room} .name=${guest.name} .heard=${this.heard ?? this.#talks} @oq-listen=${this.#listen}></oq-monitor>` : nothing}
        <div class="who">
          <p class="name"><span>${isolated(guest.name)}</span>${this.#tag}</p>
          <p class="state"><span class="lamp ${LAMPS[look] ?? ""}"></span><b>${t(this.#word)}</b>${this.#clock}</p>
          ${this.#about(look)}
        </div>
        <div class="corner"><kbd aria-hidden="true" title=${t("crew.keys", { name: guest.name, ...KEYS })}>${this.number}</kbd>${this.staff && MENU.includes(guest.state) ? this.#more : nothing}</div>
      </div>
      ${this.#note}
      ${this.staff ? this.#keys(look) : this.#modest()}
      ${this.menu && this.staff ? this.#menu() : nothing}
    </div>`;
  }

  get #way(): Press {
    return guestPress(this.store.outbox, this.guest, "way", this.seq);
  }

  get #told(): Press {
    const { outbox } = this.store;
    return first(
      this.#way,
      guestPress(outbox, this.guest, "mute", this.seq),
      guestPress(outbox, this.guest, "talk", this.seq),
    );
  }

  /** What the strip looks like: where they are, or where they have been told to go. */
  get #look(): string {
    const { guest } = this;
    const doing = DOING[this.#way.doing?.type ?? ""];
    if (doing) return doing;
    if (!away(guest, this.seat, this.known)) return guest.state;
    return guest.state === "live" ? "away" : "lost";
  }

  get #word(): Word {
    return SAYS[this.#look] ?? stateWord(this.guest);
  }

  get #tag(): TemplateResult | typeof nothing {
    const { viewer, staff } = this.guest;
    if (viewer === this.store.session.viewer) return html`<small>${t("crew.you")}</small>`;
    return staff ? html`<small>${t("crew.staff")}</small>` : nothing;
  }

  /** How long they are on air, or what is left. */
  get #clock(): TemplateResult | typeof nothing {
    const { state, since = 0 } = this.guest;
    const look = this.#look;
    if (look === "live" && this.now && since)
      return html`<span class="figure">${clockWords(this.now - since)}</span>`;
    if (state === "invited") return said("crew.left", left(since, ANSWER, this.now));
    return nothing;
  }

  #about(look: string): TemplateResult {
    const { guest } = this;
    if (look === "check" && guest.check) {
      return html`<p class="topic ${guest.passed ? "passed" : "failed"}" data-testid="check">${icon(guest.passed ? "right" : "warn")} ${guest.check}</p>`;
    }
    if (look === "away" || look === "lost") return html`<p class="hears">${t("crew.kept")}</p>`;
    const lines = look === "green" || look === "live" || look === "going" ? this.#hearing() : nothing;
    return html`${guest.topic ? html`<p class="topic">${guest.topic}</p>` : nothing}${lines}`;
  }

  #hearing(): TemplateResult {
    const { guest } = this;
    const me = this.store.session.viewer;
    const said = guest.viewer === me ? [] : hearing(guest, me, this.names);
    const off: [boolean, Icon, Word][] = [
      [guest.camera === false, "camera-off", "crew.no-camera"],
      [guest.microphone === false && guest.state !== "live", "mic-off", "crew.no-microphone"],
    ];
    return html`<p class="hears" data-testid="hears">${said.join(" · ")}
      ${off.map(([is, sign, word]) => (is ? html`<span class="off">${icon(sign)} ${t(word)}</span>` : nothing))}</p>`;
  }

  /** What did not work, where it was pressed. Its place is there only while there is something to say. */
  get #note(): TemplateResult | typeof nothing {
    const { why } = this.#told;
    if (why)
      return html`<p class="why" role="alert" data-testid="guest-why">${icon("warn")} ${sentence(why)}</p>`;
    if (!this.helps) return nothing;
    return html`<p class="why help" role="status">${t("crew.talk-first")}
      <button class="button" data-testid="talk-step" @click=${() => press(this.store, { type: "step-up" }, "stage.own")}>${t("crew.talk-step")}</button></p>`;
  }

  #keys(look: string): TemplateResult {
    const { guest } = this;
    const { name } = guest;
    if (guest.state === "invited") {
      return html`<div class="keys one"><button class="button" data-testid="take-back" aria-label=${t("crew.take-back-of", { name })} @click=${this.#off}>${t("crew.take-back")}</button></div>`;
    }
    const on = LIVE.includes(look);
    const mine = guest.viewer === this.store.session.viewer;
    const dumps = on || this.airs;
    return html`<div class="keys">${this.#big(look)}
      <oq-talk .on=${this.#talks} .off=${mine || guest.state === "check"} .waits=${this.#doing("talk")} .label=${t("crew.talk-of", { name })} @oq-talk=${this.#talk}></oq-talk>
      <button class="button cap" data-testid="mute" aria-label=${t("crew.mute-of", { name })} aria-pressed=${this.#muted ? "true" : "false"} ?data-waits=${this.#doing("mute")}
        @click=${this.#mute}>${icon(this.#muted ? "mic-off" : "mic")}<span>${t("crew.mute")}</span></button>
      <button class="button cap" data-testid="off" aria-label=${t("crew.off-of", { name })} @click=${this.#off}>${icon("leave")}<span>${t("crew.off")}</span></button>
      <button class="button cap danger" data-testid="cut" aria-label=${t("crew.cut-of", { name })} aria-disabled=${dumps ? "false" : "true"}
        @click=${() => dumps && this.#cut()}>${icon("cut")}<span>${t("crew.cut")}</span></button></div>`;
  }

  get #more(): TemplateResult {
    return html`<button class="button plain more" aria-expanded=${this.menu ? "true" : "false"} aria-label=${t("crew.more-of", { name: this.guest.name })} data-testid="guest-more" @click=${() => {
      this.menu = !this.menu;
    }}>${icon("more")}</button>`;
  }

  /** The key that counts: one press and they are on air, one press and they are back. Always the same element, so that the focus stays. */
  #big(look: string): TemplateResult {
    const { name, present } = this.guest;
    if (LIVE.includes(look)) {
      return this.#bigKey("back", "crew.green", t("crew.green-of", { name }), KEYS.green);
    }
    if (look === "check" && this.#asks)
      return this.#bigKey("in", "crew.let-in", t("crew.let-in-of", { name }), KEYS.green);
    if (look !== "green" && look !== "greening")
      return this.#bigKey("", look === "lost" ? "crew.is-away" : "crew.wait-check", "", "");
    return this.#bigKey(
      present ? "primary" : "primary doubt",
      "crew.live",
      t("crew.live-of", { name }),
      KEYS.live,
    );
  }

  /** Whether they want to come although not all of their devices work: the producer decides. */
  get #asks(): boolean {
    return Boolean(this.guest.check) && !this.guest.passed;
  }

  #bigKey(kind: string, word: Word, label: string, key: string): TemplateResult {
    return html`<button class="button big ${kind}" data-testid="live" data-to=${kind === "back" || kind === "in" ? "green" : "live"} aria-disabled=${kind ? "false" : "true"}
      aria-label=${label || nothing} @click=${kind === "back" || kind === "in" ? this.#green : this.#live}>${t(word)}${key ? html`<kbd aria-hidden="true">${key}</kbd>` : nothing}</button>`;
  }

  /** What a moderator may do: mute, and take off. */
  #modest(): TemplateResult {
    const { guest } = this;
    const { name } = guest;
    return html`<div class="keys two">
      <button class="button" data-testid="mute" aria-pressed=${this.#muted} aria-label=${t("crew.mute-of", { name })} @click=${this.#mute}>${icon(this.#muted ? "mic-off" : "mic")} ${t("crew.mute")}</button>
      <button class="button" data-testid="off" aria-label=${t("crew.off-of", { name })} @click=${this.#off}>${icon("leave")} ${t("crew.off")}</button></div>`;
  }

  /** What is done now and then: the large place, and one for another. */
  #menu(): TemplateResult {
    const { guest } = this;
    const { viewer, name } = guest;
    const swap = (one: GuestInfo): TemplateResult =>
      html`<button class="button" data-testid="swap-${one.viewer}" aria-label=${t("crew.swap-of", { name, other: one.name })}
        @click=${() => this.#act({ type: "swap", off: one.viewer, on: viewer })}>${isolated(one.name)}</button>`;
    const others = guest.state === "green" ? this.onair : [];
    return html`<div class="menu"><button class="button" data-testid="live-main" @click=${() => this.#act({ type: "put-live", viewer, main: true })}>
        ${icon("star")} ${t(guest.state === "green" ? "crew.main" : "crew.large")}</button>
      ${others.length ? html`<p>${t("crew.swap")}</p>${others.map(swap)}` : nothing}</div>`;
  }

  get #muted(): boolean {
    const { doing } = guestPress(this.store.outbox, this.guest, "mute", this.seq);
    return doing ? Boolean(doing.on) : Boolean(this.guest.muted);
  }

  get #talks(): boolean {
    const { doing } = guestPress(this.store.outbox, this.guest, "talk", this.seq);
    if (doing) return Boolean(doing.on);
    return (this.guest.talkers ?? []).includes(this.store.session.viewer);
  }

  #act(action: StageAction): void {
    this.menu = false;
    const swapped = action.type === "swap" ? `stage.${this.guest.viewer}.way` : keyFor(action);
    press(this.store, action, swapped);
  }

  #live = (): void => {
    if (this.#look !== "green" || performance.now() < this.#guarded) return;
    this.#act({ type: "put-live", viewer: this.guest.viewer });
  };

  #green = (): void => {
    const may = LIVE.includes(this.#look) || (this.#look === "check" && this.#asks);
    if (!may || performance.now() < this.#guarded) return;
    this.#act({ type: "back-to-green", viewer: this.guest.viewer });
  };

  #mute = (): void => this.#act({ type: "mute", viewer: this.guest.viewer, on: !this.#muted });
  #off = (): void => this.#act({ type: "take-off", viewer: this.guest.viewer });
  #cut = (): void => this.#act({ type: "take-off", viewer: this.guest.viewer, cut: true });

  /** My voice to them, on or off; not from where nobody could hear me. */
  #talk = (event: CustomEvent<boolean>): void => {
    const on = event.detail;
    const backstage = this.me?.state === "green" || this.me?.state === "live";
    this.helps = on && !backstage;
    if (backstage && on !== this.#talks) this.#act({ type: "talk", viewer: this.guest.viewer, on });
  };

  /** Who talks to somebody hears them, unless it was said otherwise. */
  #listen = (event: CustomEvent<boolean>): void => {
    this.heard = event.detail;
  };

  #doing = (kind: "mute" | "talk"): boolean =>
    guestPress(this.store.outbox, this.guest, kind, this.seq).doing !== undefined;

  #forget = (): void => {
    for (const type of ["way", "mute", "talk"])
      this.store.outbox.forget(keyFor({ type, viewer: this.guest.viewer }));
    this.requestUpdate();
  };

  #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const key = event.key.toUpperCase();
    const way = key === KEYS.talk ? this.#hold : this.#ways[key];
    if (!way) return;
    event.preventDefault();
    way();
  };

  get #talkKey(): OqTalk | null {
    return this.renderRoot.querySelector("oq-talk");
  }

  get #ways(): Record<string, () => void> {
    const { mute, off, live, green } = KEYS;
    const modest = { [mute]: this.#mute, [off]: this.#off };
    return this.staff ? { ...modest, [live]: this.#live, [green]: this.#green } : modest;
  }

  #hold = (): void => {
    this.#held = true;
    this.#talkKey?.down();
  };

  #keyUp = (event: KeyboardEvent): void => {
    if (event.key.toUpperCase() === KEYS.talk) this.#letGo();
  };

  /** The key is let go, or its end will be told to somebody else. */
  #letGo(): void {
    if (this.#held) this.#talkKey?.up();
    this.#held = false;
  }

  #left = (): void => this.#letGo();
}

/** Looks in which they are on air, or told to be. */
const LIVE = ["live", "going", "away"];
/** Where there is something for now and then. */
const MENU = ["green", "live"];
const DOING: Record<string, string> = {
  "put-live": "going",
  swap: "going",
  "back-to-green": "greening",
  "take-off": "leaving",
};
const SAYS: Record<string, Word> = {
  going: "crew.going",
  greening: "crew.greening",
  leaving: "crew.leaving",
  away: "crew.is-away",
  lost: "crew.is-away",
};
const LAMPS: Record<string, string> = { live: "live", going: "reveal", greening: "reveal", green: "ready" };

const said = (word: Word, n: number | undefined): TemplateResult | typeof nothing =>
  n === undefined ? nothing : html`<span class="figure">${t(word, { n })}</span>`;

customElements.define("oq-stage-guest", OqStageGuest);
