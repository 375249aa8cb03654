import { expect, test } from "vitest";
import { Stretch } from "../src/playout/stretch";

const RATE = 48_000;
const QUANTUM = 128;
const PITCH = 440;
const EPOCH = 1_700_000_000 * RATE;

const wave = (place: number): number => Math.sin((2 * Math.PI * PITCH * (place - EPOCH)) / RATE);

/** Plays `seconds` of a tone where the wanted place runs at `pace` and begins `off` seconds from where it was. */
function played(seconds: number, off: number, pace = 1) {
  const sound = new Stretch(RATE, 1);
  const samples: number[] = [];
  const out = new Float32Array(QUANTUM);
  let written = EPOCH;
  let wanted = EPOCH;
  for (let k = 0; k < seconds * RATE; k += QUANTUM) {
    while (written < wanted + 1.5 * RATE) {
      sound.write(written, [Float32Array.from({ length: 960 }, (_, i) => wave(written + i))]);
      written += 960;
    }
    sound.read(wanted, [out]);
    samples.push(...out);
    wanted += QUANTUM * pace;
    if (k === 0) wanted += off * RATE;
  }
  return { sound, samples };
}

/** How often the tone passes zero upwards in a second, after the beginning: its pitch. */
function pitch(samples: number[]): number {
  const heard = samples.slice(RATE / 10);
  let passes = 0;
  for (let i = 1; i < heard.length; i++)
    if ((heard[i - 1] as number) < 0 && (heard[i] as number) >= 0) passes++;
  return (passes * RATE) / heard.length;
}

/** The largest step from one sample to the next: a click is a large one. */
const roughest = (samples: number[]): number =>
  samples
    .slice(RATE / 10)
    .reduce((most, one, i, all) => Math.max(most, Math.abs(one - (all[i - 1] ?? one))), 0);

const SMOOTH = (2 * Math.PI * PITCH) / RATE;

test("what is on time is played as it is", () => {
  const { sound, samples } = played(1, 0);
  expect(sound.cuts).toBe(0);
  const middle = samples.slice(4_800, 4_900);
  middle.forEach((one, i) => {
    expect(one).toBeCloseTo(wave(EPOCH + 4_800 + i), 4);
  });
});

test.each([0.1, -0.1, 0.2])(
  "a gap of %f s is made up for without a click and without another pitch",
  (off) => {
    const { sound, samples } = played(5, off);
    expect(Math.abs(sound.error)).toBeLessThan(0.013);
    expect(sound.jumps).toBe(0);
    expect(pitch(samples)).toBeCloseTo(PITCH, -1);
    expect(roughest(samples)).toBeLessThan(SMOOTH * 1.5);
  },
);

test.each([0.95, 1.05])("a playhead that runs at %f of life is followed at the same pitch", (pace) => {
  const { sound, samples } = played(4, 0, pace);
  expect(Math.abs(sound.error)).toBeLessThan(0.04);
  expect(sound.jumps).toBe(0);
  expect(pitch(samples)).toBeCloseTo(PITCH, -1);
});

test("a wide gap is jumped, with a fade", () => {
  const { sound, samples } = played(2, 1);
  expect(sound.jumps).toBe(1);
  expect(Math.abs(sound.error)).toBeLessThan(0.013);
  expect(roughest(samples)).toBeLessThan(SMOOTH * 3);
});

test("what has not come is silence, and what comes after it is in its place", () => {
  const sound = new Stretch(RATE, 1);
  sound.write(EPOCH, [new Float32Array(960).fill(0.5)]);
  sound.write(EPOCH + 1_920, [new Float32Array(960).fill(0.25)]);
  const heard: number[] = [];
  const out = new Float32Array(QUANTUM);
  for (let k = 0; k < 2_880; k += QUANTUM) {
    sound.read(EPOCH + k, [out]);
    heard.push(...out);
  }
  expect([heard[600], heard[1_200], heard[2_200]]).toEqual([0.5, 0, 0.25]);
});
