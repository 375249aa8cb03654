import { describe, expect, it } from "vitest";
import { Hold } from "../src/whep/hold";
import { stampOf } from "../src/whep/stamp";

const NOW = 1_800_000_000_000;

describe("RTP timestamps as show time", () => {
  const timestamp = (ms: number): number => Math.round(ms * 90) % 2 ** 32;

  it("are the moment that is nearest", () => {
    for (const late of [0, 33, 500, 4_000, -20])
      expect(stampOf(timestamp(NOW - late), NOW)).toBeCloseTo(NOW - late, 1);
  });

  it("go on where they wrap around", () => {
    const wrap = Math.ceil((NOW * 90) / 2 ** 32) * 2 ** 32;
    for (const ticks of [-90, -1, 0, 1, 90]) {
      const ms = (wrap + ticks) / 90;
      expect(stampOf((ticks + 2 ** 32) % 2 ** 32, ms + 400)).toBeCloseTo(ms, 1);
    }
  });
});

describe("A buffer that is told how long to hold frames back", () => {
  /** A network of `network` ms, and a browser that does as it is told within `slow` frames. */
  function play(wanted: number, network: number, from = 0): Hold {
    const hold = new Hold();
    let held = from;
    for (let frame = 0; frame < 900; frame += 1) {
      held += Math.max(-4, Math.min(4, hold.target - held));
      hold.saw(network + Math.max(0, held));
      hold.steer(wanted, frame * 33);
    }
    return hold;
  }

  it("brings frames to the delay that is wanted", () => {
    for (const wanted of [150, 500, 2_000])
      expect(Math.abs(play(wanted, 60).delay - wanted)).toBeLessThan(16);
  });

  it("cannot go below what the network takes, and asks for nothing more then", () => {
    const hold = play(100, 250, 300);
    expect(hold.target).toBe(0);
    expect(hold.delay).toBe(250);
  });

  it("is told nothing while nothing is known", () => {
    const hold = new Hold();
    expect(hold.steer(500, 0)).toBe(false);
    expect(hold.delay).toBe(0);
  });
});
