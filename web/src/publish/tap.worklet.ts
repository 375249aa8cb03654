/** The audio thread: hands over what comes in, in pieces of about 10 ms. */
import type { Tapped } from "./samples";

// What TypeScript's DOM library does not know: the scope of a worklet.
declare const currentTime: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, kind: new () => AudioWorkletProcessor): void;

const QUANTUM = 128;
const QUANTA = 4;

class Tap extends AudioWorkletProcessor {
  #filled = 0;
  #began = 0;
  #channels: Float32Array[] = [];

  process(inputs: Float32Array[][]): boolean {
    const input = inputs[0] ?? [];
    if (input.length === 0) return true;
    if (this.#filled === 0 || input.length !== this.#channels.length) {
      this.#began = currentTime;
      this.#filled = 0;
      this.#channels = input.map(() => new Float32Array(QUANTUM * QUANTA));
    }
    for (const [i, channel] of input.entries()) this.#channels[i]?.set(channel, this.#filled * QUANTUM);
    this.#filled += 1;
    if (this.#filled < QUANTA) return true;
    this.#filled = 0;
    const said: Tapped = { time: this.#began, channels: this.#channels };
    this.port.postMessage(
      said,
      this.#channels.map((one) => one.buffer),
    );
    return true;
  }
}

registerProcessor("oncue-tap", Tap);
