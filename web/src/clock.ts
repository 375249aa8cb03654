/**
 * Show time on a device whose own clock is not trusted. The same algorithm as api/bots/clock.py; tests/vectors/clock.json holds both to it.
 *
 * Each exchange gives four timestamps (RFC 5905, section 8): ours of sending and of receiving, the server's of arrival and of
 * answering. The way up bounds the offset (show time minus own time) from above, the way down from below: `t1 - t0` is the offset
 * and the way, `t2 - t3` the offset less the way. The least of each direction is kept on its own, because under jitter the least way
 * up and the least way down are met much sooner than both in one exchange (V. Paxson, "On calibrating measurements of packet transit
 * times", SIGMETRICS 1998). What remains of the drift is one line below all ways up and above all ways down, as close to them as can
 * be (S. Moon, P. Skelly, D. Towsley, "Estimation and removal of clock skew from network delay measurements", INFOCOM 1999, for both
 * directions at once). Half the distance between the bounds, which grows with age, is how wrong the estimate may be: half of the
 * ways' asymmetry, and no more.
 *
 * A bound stays true when the network changes. Only when the two bounds exclude each other has a clock moved (the device slept): then
 * what was learned before is forgotten.
 */

/** Own time (µs), and a bound of the offset then (µs, less `#base`). */
type Point = readonly [at: number, bound: number];

/** The exchanges of a moment: `up` and `down` are the tightest bounds. */
interface Span {
  up: Point;
  down: Point;
  count: number;
}

/** So many spans of so many µs are remembered, of each its least way up and down. */
const KEPT = 128;
const TOGETHER = 2e6;
/** How fast a quartz may run away before its drift is known, and after (RFC 5905 has 15 parts in a million). */
const LOOSE = 50e-6;
const FITTED = 15e-6;
const STEEPEST = 200e-6;
/** From how many spans, and how often, the drift is estimated; how long an exchange counts for the schedule of pings. */
const ENOUGH = 8;
const AGAIN = 10e6;
const RECENT = 60e6;
/** After so many exchanges show time jumps no more: corrections change its pace, by so much at the most. */
const SETTLED = 8;
const SLEW = 0.05;
/** The welcome's `now` is late by an unknown part of this. */
const COARSE = 2e6;
const QUICK = 100_000;
const BRISK = 200_000;
const OFTEN = 2e6;
const CALM = 5e6;
/** So many quick pings are sent always, and so many brisk ones at the most while jitter still makes more than SHARP of doubt. */
const FEW = 10;
const MANY = 40;
const SHARP = 500;
const BLUNT = 1_500;
/** LOST of the latest ROUNDS round trips that are RESENT longer than most: segments were sent again, packets are lost. */
const ROUNDS = 24;
const RESENT = 150_000;
const LOST = 2;

export class Clock {
  #spans: Span[] = [];
  #rounds: number[] = [];
  #base = 0;
  #floor: Point | undefined;
  #up: Point | undefined;
  #down: Point = [0, 0];
  #drift = 0;
  #doubt = LOOSE;
  #fitted = 0;
  #since = 0;
  #hurried = 0;
  #shown: Point | undefined;
  #last = 0;

  /** `local`: a local clock in µs that never goes back, such as performance.now() × 1000. */
  constructor(readonly local: () => number) {}

  /** Show time was `now` a moment ago: a bound, and good enough until a ping is answered. */
  seed(now: number): void {
    const t = this.local();
    if (!this.#known) this.#base = Math.round(now - t);
    this.#advance(t);
    const down = now - t - this.#base;
    if (this.#up && this.#top(this.#up, t) < down) this.forget();
    if (!this.#up) this.#floor = [t, down];
  }

  /**
   * One exchange: sent at local `t0`, arrived at show time `t1`, answered at `t2`, received at local `t3`. A lost `datagram` is not
   * sent again: it says nothing about the link.
   */
  add(t0: number, t1: number, t2: number, t3: number, datagram = false): void {
    if (!this.#known) this.#base = Math.round(t1 - t0);
    this.#advance(t3);
    const up: Point = [t0, t1 - t0 - this.#base];
    const down: Point = [t3, t2 - t3 - this.#base];
    if (this.#up && (this.#top(this.#up, t3) < down[1] || up[1] < this.#bottom(this.#down, t3)))
      this.forget();
    if (!datagram) this.#rounds.push(t3 - t0 - (t2 - t1));
    if (this.#rounds.length > ROUNDS) this.#rounds.shift();
    this.#since += 1;
    this.#hurried += 1;
    const last = this.#spans[this.#spans.length - 1];
    if (last && t3 - last.down[0] < TOGETHER && t3 - last.up[0] < TOGETHER) take(last, up, down);
    else {
      this.#spans.push({ up, down, count: 1 });
      if (this.#spans.length > KEPT) this.#spans.shift();
    }
    this.#choose(t3);
    if (this.#learn(t3)) this.#choose(t3);
    this.#advance(t3);
  }

  /** Show time (µs); 0 before anything is known. Never goes back. */
  now(): number {
    const t = this.local();
    this.#advance(t);
    if (!this.#shown) return 0;
    this.#last = Math.max(this.#last, Math.round(this.#base + (t + this.#shown[1])));
    return this.#last;
  }

  /** Show time minus local time (µs). */
  get offset(): number {
    this.#advance(this.local());
    return this.#shown ? this.#base + this.#shown[1] : 0;
  }

  /** How wrong show time may be (µs): as far as the bounds are away, about half a round trip; 0: nothing is known. */
  get error(): number {
    const t = this.local();
    this.#advance(t);
    if (!this.#shown) return 0;
    if (!this.#up) return COARSE;
    const [, shown] = this.#shown;
    return Math.round(Math.max(this.#top(this.#up, t) - shown, shown - this.#bottom(this.#down, t)));
  }

  /** How long to wait until the next ping (µs): short at first and after `hurry`, and shorter while jitter leaves doubt. */
  get pause(): number {
    if (this.#hurried < FEW) return QUICK;
    const doubt = this.#excess();
    if (doubt > SHARP && this.#hurried < MANY) return BRISK;
    return doubt > BLUNT ? OFTEN : CALM;
  }

  /** Whether round trips look as if packets were lost and sent again. */
  get lossy(): boolean {
    const usual = this.#usual();
    return this.#rounds.filter((one) => one > usual + RESENT).length >= LOST;
  }

  /** Whether none of the latest round trips looks so. */
  get calm(): boolean {
    return Math.max(0, ...this.#rounds) <= this.#usual() + RESENT;
  }

  /** Something has changed (the network, the page is back): ping quickly for a while. */
  hurry(): void {
    this.#hurried = 0;
  }

  /** A clock has moved: what was learned counts no more. Show time goes on as it was until the next exchange. */
  forget(): void {
    this.#spans = [];
    this.#rounds = [];
    this.#up = this.#floor = undefined;
    this.#drift = 0;
    this.#doubt = LOOSE;
    this.#since = this.#hurried = 0;
  }

  get #known(): boolean {
    return Boolean(this.#up ?? this.#floor ?? this.#shown);
  }

  /** No offset at `t` is above what this bound has become. */
  #top(up: Point, t: number): number {
    return up[1] + (this.#drift + this.#doubt) * (t - up[0]);
  }

  /** No offset at `t` is below what this bound has become. */
  #bottom(down: Point, t: number): number {
    return down[1] + (this.#drift - this.#doubt) * (t - down[0]);
  }

  /** The best estimate of the offset at `t`. */
  #target(t: number): number | undefined {
    const up = this.#up;
    if (!up) return this.#floor?.[1];
    const down = this.#down;
    return (up[1] + this.#drift * (t - up[0]) + (down[1] + this.#drift * (t - down[0]))) / 2;
  }

  /** Brings what is shown nearer to the estimate. Before it has settled it jumps forward, and stands still rather than go back. */
  #advance(t: number): void {
    const target = this.#target(t);
    if (target === undefined) return;
    if (!this.#shown) {
      this.#shown = [t, target];
      return;
    }
    const [at, shown] = this.#shown;
    const passed = Math.max(0, t - at);
    const settled = this.#since >= SETTLED;
    const ahead = settled ? SLEW * passed : Number.POSITIVE_INFINITY;
    const back = settled ? SLEW * passed : passed;
    this.#shown = [Math.max(t, at), shown + Math.max(-back, Math.min(ahead, target - shown))];
  }

  /** The bounds that are the tightest at `t`, given how much an older one may have lost. */
  #choose(t: number): void {
    let best: Span | undefined;
    for (const { up, down, count } of this.#spans) {
      if (!best) best = { up, down, count };
      if (this.#top(up, t) < this.#top(best.up, t)) best.up = up;
      if (this.#bottom(down, t) > this.#bottom(best.down, t)) best.down = down;
    }
    if (!best) return;
    this.#up = best.up;
    this.#down = best.down;
  }

  /** The median round trip on the link (µs). */
  #usual(): number {
    const sorted = [...this.#rounds].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? COARSE;
  }

  /**
   * How far the least ways that were met lately may be above the least that there are (µs): what jitter adds as a rule, for each
   * exchange of the last minute.
   */
  #excess(): number {
    if (!this.#up) return COARSE;
    const t = this.local();
    let count = 0;
    for (const span of this.#spans) if (t - span.down[0] < RECENT) count += span.count;
    const spread = Math.max(0, this.#usual() - (this.#up[1] - this.#down[1]));
    return count > 0 ? spread / count : COARSE;
  }

  /**
   * Estimates the drift anew, once it shows against the jitter; whether that was done. What the least ways of either half of the spans
   * may be above the least that there are, over half of the time, is how wrong it may be; twice that, to be on the safe side.
   */
  #learn(t: number): boolean {
    const first = this.#spans[0];
    if (!first || !this.#up || t - this.#fitted < AGAIN) return false;
    const age = t - first.down[0];
    const count = this.#spans.length;
    if (count < ENOUGH) return false;
    let wide = 0;
    for (const { up, down } of this.#spans) wide += up[1] - down[1];
    const wrong = (8 * (wide / count - (this.#up[1] - this.#down[1]))) / (age * count);
    if (wrong > LOOSE) return false;
    this.#fitted = t;
    this.#doubt = Math.max(FITTED, wrong);
    const drift = slope(
      this.#spans.map((span) => span.up),
      this.#spans.map((span) => span.down),
    );
    this.#drift = Math.max(-STEEPEST, Math.min(STEEPEST, drift));
    return true;
  }
}

function take(span: Span, up: Point, down: Point): void {
  if (up[1] < span.up[1]) span.up = up;
  if (down[1] > span.down[1]) span.down = down;
  span.count += 1;
}

/**
 * The slope of the two parallel lines, one below all `ups` and one above all `downs`, whose distances to their points add up to the
 * least. They rest on a corner of each hull; the sum is convex in the slope, so the first slope at which it grows is the best.
 */
function slope(ups: Point[], downs: Point[]): number {
  const below = hull(ups, 1);
  const above = hull(downs, -1);
  let grows = 0;
  for (let k = 0; k < ups.length; k += 1) grows += at(downs, k)[0] - at(ups, k)[0];
  let i = 0;
  let j = above.length - 1;
  let found = 0;
  while (i + 1 < below.length || j > 0) {
    const up = i + 1 < below.length ? rise(at(below, i), at(below, i + 1)) : Number.POSITIVE_INFINITY;
    const down = j > 0 ? rise(at(above, j - 1), at(above, j)) : Number.POSITIVE_INFINITY;
    found = Math.min(up, down);
    if (up <= down) i += 1;
    else j -= 1;
    if (grows + ups.length * (at(below, i)[0] - at(above, j)[0]) >= 0) break;
  }
  return found;
}

function rise(a: Point, b: Point): number {
  return (b[1] - a[1]) / (b[0] - a[0]);
}

/** The lower (`sign` 1) or upper (-1) convex hull of points in the order of time (A. M. Andrew's monotone chain). */
function hull(points: Point[], sign: number): Point[] {
  const corners: Point[] = [];
  for (const point of points) {
    if (corners.length > 0 && point[0] <= at(corners, -1)[0]) continue;
    while (
      corners.length > 1 &&
      sign * (rise(at(corners, -2), at(corners, -1)) - rise(at(corners, -1), point)) >= 0
    )
      corners.pop();
    corners.push(point);
  }
  return corners;
}

const at = (points: Point[], k: number): Point => points.at(k) as Point;
