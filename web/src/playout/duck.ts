/** Whether somebody on stage speaks, so that the programme's sound goes down. Levels are RMS from 0 to 1; times in ms. */

/** From this level on it is speech, and below the lower one silence; a pause between words is shorter than this. */
const SPEECH = 0.02;
const SILENCE = 0.01;
const PAUSE = 600;
/** A click is shorter. */
const ATTACK = 60;

export class Duck {
  #loud = new Map<string, { from: number; last: number }>();

  /** A seat's sound has this level now. */
  hear(seat: string, level: number, now: number): void {
    const known = this.#loud.get(seat);
    const spoke = known !== undefined && now - known.last < PAUSE;
    if (level < (spoke ? SILENCE : SPEECH)) return;
    this.#loud.set(seat, { from: spoke ? known.from : now, last: now });
  }

  /** Whether the programme is down now. */
  down(now: number): boolean {
    return [...this.#loud.values()].some(({ from, last }) => now - last < PAUSE && last - from >= ATTACK);
  }

  forget(seat: string): void {
    this.#loud.delete(seat);
  }
}
