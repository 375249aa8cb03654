/**
 * Samples by their place in the show, read at the pace of the device.
 *
 * Where the read place strays from where it should be, some milliseconds are left out or played twice, cut where the wave fits best and
 * faded over: no pitch change, no click. As WebRTC's NetEQ does in its accelerate and pre-emptive expand (WSOLA: Verhelst and Roelands, 1993).
 */

/** What the read place may be off before anything is done, and from where on it is moved at once (seconds). */
const LOOSE = 0.012;
const FAR = 0.3;
/** The least and the most that is left out or repeated in one go, and the fade (seconds). */
const LEAST = 0.004;
const MOST = 0.016;
const FADE = 0.006;
/** How much of the time such cuts may take: a twentieth, or a fifth for a large gap. */
const CALM = 20;
const QUICK = 5;
const WIDE = 0.15;
const STEP = 4;

export class Stretch {
  /** How far the read place is from where it should be, at the last `read` (seconds): positive when it is ahead. */
  error = 0;
  /** Places that were moved at once, and cuts. */
  jumps = 0;
  cuts = 0;
  #rings: Float32Array[];
  #size: number;
  #read = 0;
  #end = 0;
  #begun = false;
  #fade = 0;
  #from = 0;
  #rest = 0;

  /** `rate` in samples a second; what is older than `seconds` is forgotten. */
  constructor(
    readonly rate: number,
    channels: number,
    seconds = 4,
  ) {
    this.#size = Math.ceil(rate * seconds);
    this.#rings = Array.from({ length: channels }, () => new Float32Array(this.#size));
  }

  /** Samples whose first is at `place` (samples since the show's epoch). What is missing before them is silence. */
  write(place: number, channels: Float32Array[]): void {
    const count = channels[0]?.length ?? 0;
    if (place + count <= this.#end - this.#size) return;
    const from = Math.max(this.#end, place - this.#size);
    for (let at = from; at < place; at++) for (const ring of this.#rings) ring[at % this.#size] = 0;
    this.#rings.forEach((ring, i) => {
      const samples = channels[i] ?? (channels[0] as Float32Array);
      for (let k = 0; k < count; k++) ring[(place + k) % this.#size] = samples[k] as number;
    });
    this.#end = Math.max(this.#end, place + count);
  }

  /** Fills `out`; its first sample is to be the one at `wanted`. */
  read(wanted: number, out: Float32Array[]): void {
    const count = out[0]?.length ?? 0;
    this.#steer(wanted);
    for (let k = 0; k < count; k++) {
      const share = this.#fade / (FADE * this.rate);
      for (const [i, channel] of out.entries()) {
        const next = this.#at(i, this.#read);
        channel[k] = this.#fade > 0 ? next * (1 - share) + this.#at(i, this.#from) * share : next;
      }
      this.#read += 1;
      this.#from += 1;
      this.#fade = Math.max(0, this.#fade - 1);
    }
    this.#rest -= count;
  }

  #at(channel: number, place: number): number {
    const there = place < this.#end && place >= this.#end - this.#size;
    return there ? (this.#rings[channel]?.[place % this.#size] ?? 0) : 0;
  }

  #steer(wanted: number): void {
    this.error = (this.#read - wanted) / this.rate;
    const off = Math.abs(this.error);
    if (!this.#begun || off > FAR) {
      if (this.#begun) this.jumps += 1;
      this.#begun = true;
      this.#move(Math.round(wanted));
      this.error = 0;
    } else if (off > LOOSE && this.#rest <= 0 && this.#fade === 0) {
      const length = this.#fit(Math.min(off, MOST));
      this.cuts += 1;
      this.#rest = length * (off > WIDE ? QUICK : CALM);
      this.#move(this.error > 0 ? this.#read - length : this.#read + length);
    }
  }

  #move(place: number): void {
    this.#from = this.#read;
    this.#fade = Math.round(FADE * this.rate);
    this.#read = place;
  }

  /** The length up to `most` seconds at which leaving out or repeating is heard least: where the wave is most like itself. */
  #fit(most: number): number {
    const least = Math.round(LEAST * this.rate);
    const window = Math.round(FADE * this.rate);
    const way = this.error > 0 ? -1 : 1;
    let best = least;
    let likest = Number.NEGATIVE_INFINITY;
    for (let length = least; length <= most * this.rate; length += STEP) {
      const alike = this.#alike(this.#read, this.#read + way * length, window);
      if (alike > likest) {
        likest = alike;
        best = length;
      }
    }
    return best;
  }

  #alike(one: number, other: number, window: number): number {
    let product = 0;
    let power = 1e-9;
    for (let k = 0; k < window; k += 2) {
      const b = this.#at(0, other + k);
      product += this.#at(0, one + k) * b;
      power += b * b;
    }
    return product / Math.sqrt(power);
  }
}
