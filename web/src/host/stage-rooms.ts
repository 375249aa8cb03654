/** The secret paths of the green rooms: asked for when there is a guest whose room is not known. Host and producer only. */
import type { Session } from "../identity";
import type { GuestInfo } from "../wire";

/** What GET /api/shows/{show}/stage says of the rooms: a path for each viewer. */
type Answer = { rooms?: Record<string, string> };
/** Before it is asked again (ms): the first time, and at most. */
const WAIT = { first: 400, most: 6_000 };
const BACKSTAGE = ["green", "live"];

export class Rooms {
  #paths = new Map<number, string>();
  #wanted = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wait = WAIT.first;
  #asking = false;

  constructor(
    readonly session: Session,
    readonly changed: () => void,
  ) {}

  of(viewer: number): string {
    return this.#paths.get(viewer) ?? "";
  }

  /** Who is backstage now. A room is forgotten with the visit that it was for. */
  see(guests: readonly GuestInfo[]): void {
    this.#wanted = new Set(guests.filter((one) => BACKSTAGE.includes(one.state)).map((one) => one.viewer));
    for (const known of this.#paths.keys()) if (!this.#wanted.has(known)) this.#paths.delete(known);
    if (!this.#missing) this.stop();
    else if (!this.#timer) void this.#ask();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wait = WAIT.first;
  }

  get #missing(): boolean {
    return [...this.#wanted].some((one) => !this.#paths.has(one));
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const { token, show } = this.session;
    const said: Answer = await fetch(`/api/shows/${show.id}/stage`, {
      headers: { Authorization: `Bearer ${token}` },
    })
      .then((answer) => (answer.ok ? (answer.json() as Promise<Answer>) : ({} as Answer)))
      .catch((): Answer => ({}));
    this.#asking = false;
    for (const [viewer, path] of Object.entries(said.rooms ?? {}))
      if (this.#wanted.has(Number(viewer)) && path) this.#paths.set(Number(viewer), path);
    this.changed();
    if (!this.#missing) return this.stop();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#ask();
    }, this.#wait);
    this.#wait = Math.min(WAIT.most, this.#wait * 2);
  }
}
