import { expect, test } from "vitest";
import { Clock } from "../src/clock";
import { Datagrams, type Door } from "../src/datagrams";
import { Time } from "./pretend";

const DOOR: Door = { url: "https://x:4444/?token=t", fingerprint: "ab" };
const AHEAD = 1.7e15;

interface Pretended {
  sent: Uint8Array[];
  closed: boolean;
  heard(data: Uint8Array): void;
  over(): void;
}

function setting(door: Door | null = DOOR) {
  const time = new Time();
  const clock = new Clock(() => time.now * 1000);
  const channels: Pretended[] = [];
  const datagrams = new Datagrams(door, clock, {
    later: time.later,
    channel: (_, heard, over) => {
      const channel: Pretended = { sent: [], closed: false, heard, over };
      channels.push(channel);
      return { send: (data) => channel.sent.push(data), close: () => close(channel) };
    },
  });
  /** An exchange on the link that ends now and took so long. */
  const linked = (ms: number) => {
    const t0 = (time.now - ms) * 1000;
    clock.add(t0, t0 + AHEAD + (ms * 1000) / 2, t0 + AHEAD + (ms * 1000) / 2, time.now * 1000);
  };
  const calm = (count: number) => {
    for (let i = 0; i < count; i += 1) {
      time.pass(200);
      linked(40);
    }
  };
  time.pass(1_000);
  datagrams.start();
  return { time, clock, channels, datagrams, linked, calm };
}

const close = (channel: Pretended): void => {
  channel.closed = true;
};

const lose = ({ linked, calm }: ReturnType<typeof setting>) => {
  calm(10);
  linked(330);
  linked(350);
};

function answer(sent: Uint8Array, arrived: number): Uint8Array {
  const data = new DataView(new ArrayBuffer(24));
  for (let i = 0; i < 8; i += 1) data.setUint8(i, sent[i] ?? 0);
  data.setBigInt64(8, BigInt(arrived));
  data.setBigInt64(16, BigInt(arrived));
  return new Uint8Array(data.buffer);
}

test("datagrams are sent only once round trips look as if packets were lost", () => {
  const all = setting();
  all.calm(20);
  expect(all.channels).toHaveLength(0);
  lose(all);
  all.time.pass(1_000);
  expect(all.channels).toHaveLength(1);
  expect(all.channels[0]?.sent[0]).toHaveLength(8);
});

test("their answers teach the clock", () => {
  const all = setting();
  lose(all);
  all.time.pass(600);
  const [channel] = all.channels;
  const sent = channel?.sent.at(-1);
  if (!channel || !sent) throw new Error("nothing was sent");
  const at = new DataView(sent.buffer).getFloat64(0);
  channel.heard(answer(sent, AHEAD + at + 2_000));
  channel.heard(new Uint8Array(5));
  expect(all.datagrams.heard).toBe(1);
  all.time.pass(2_000);
  expect(all.clock.error).toBeLessThan(15_000);
});

test("the channel is closed when the link has been calm for a while", () => {
  const all = setting();
  lose(all);
  all.time.pass(600);
  all.calm(30);
  expect(all.channels[0]?.closed).toBe(true);
  expect(all.datagrams.open).toBe(false);
});

test("a channel that is lost is tried again, not at once", () => {
  const all = setting();
  lose(all);
  all.time.pass(600);
  all.channels[0]?.over();
  all.time.pass(29_000);
  expect(all.channels).toHaveLength(1);
  all.time.pass(2_000);
  expect(all.channels).toHaveLength(2);
  all.datagrams.stop();
  expect(all.channels[1]?.closed).toBe(true);
});

test("without a door nothing is opened", () => {
  const all = setting(null);
  lose(all);
  all.time.pass(5_000);
  expect(all.channels).toHaveLength(0);
});
