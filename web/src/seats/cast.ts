/** Who is on stage on this screen: which seats to connect to, and which of them have a tile. All in ms, stamps of the show in µs. */
import type { SeatInfo, StageInfo } from "../wire";

export const PROGRAMME = "programme";
const ALONE: readonly SeatInfo[] = [{ seat: PROGRAMME }];
/** So long the others are as they were while a newcomer's first frame is waited for; then they come as a card. */
export const PATIENCE = 1_500;

/** Of so many visits is it remembered that they may still be on their way here. */
const KNOWN = 100;

/** The seats of a scene. One that names none has the show's own source, as scenes without a stage have. */
export const seatsOf = (stage: StageInfo | undefined): readonly SeatInfo[] =>
  stage?.seats?.length ? stage.seats : ALONE;

/** The same seat may be another's later. */
export const whoIn = (info: SeatInfo): string => `${info.seat} ${info.viewer ?? 0}`;
/** One time of somebody in a seat. */
const visit = (info: SeatInfo): string => `${info.seat} ${info.since ?? 0}`;

export class Cast {
  #asked = new Map<string, number>();
  #placed = new Set<string>();
  #cut = new Set<string>();
  #known = new Map<string, SeatInfo>();

  /** The seats to be connected to: those that are shown, those of the newest scene, and who is announced before any scene names them. */
  wanted(
    shown: StageInfo | undefined,
    coming: StageInfo | undefined,
    announced: Iterable<string> = [],
  ): Set<string> {
    this.#dump(shown, coming);
    const now = [...seatsOf(shown), ...seatsOf(coming ?? shown)].filter((info) => !this.isCut(info));
    const off = new Set(coming?.cut ?? []);
    return new Set([...now.map((info) => info.seat), ...[...announced].filter((seat) => !off.has(seat))]);
  }

  /**
   * The seats that have a tile at `now`, in their order: whose picture is there (`ready`), who had one already, and who was waited for
   * long enough. Where nobody would be left they come at once.
   */
  placed(shown: StageInfo | undefined, now: number, ready: (info: SeatInfo) => boolean): SeatInfo[] {
    const seats = seatsOf(shown).filter((info) => !this.isCut(info));
    const here = new Set(seats.map(whoIn));
    for (const who of this.#asked.keys()) if (!here.has(who)) this.#asked.delete(who);
    const there = seats.filter((info) => {
      const who = whoIn(info);
      const asked = this.#asked.get(who) ?? now;
      this.#asked.set(who, asked);
      return this.#placed.has(who) || ready(info) || now - asked >= PATIENCE;
    });
    const all = there.length === 0 && this.#placed.size > 0 ? seats : there;
    this.#placed = new Set(all.map(whoIn));
    return all;
  }

  /** Whether this visit was taken off the air so that nothing more of it is to be shown, whatever scene names it. */
  isCut(info: SeatInfo): boolean {
    return this.#cut.has(visit(info));
  }

  #dump(shown: StageInfo | undefined, coming: StageInfo | undefined): void {
    const alive = new Set((coming?.seats ?? []).map(visit));
    for (const info of [...(shown?.seats ?? []), ...this.#known.values()])
      if (coming?.cut?.includes(info.seat) && !alive.has(visit(info))) this.#cut.add(visit(info));
    for (const info of coming?.seats ?? []) this.#known.set(visit(info), info);
    for (const old of [...this.#known.keys()].slice(0, -KNOWN)) this.#known.delete(old);
  }
}
