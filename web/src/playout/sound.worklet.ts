/** The audio thread: plays samples by their show time. */
import { Stretch } from "./stretch";

/** At the context's time `context` (s) the show time `media` (ms) is to be heard. */
export interface Sync {
  context: number;
  media: number;
}

/** How loud it was since the last time (RMS of what was heard). */
export interface Heard {
  level: number;
}

/** So often it is told (ms). */
const TOLD = 50;
/** More than the largest delay there is, of the latest lane (s). */
const KEPT = 8;

interface Samples {
  stamp: number;
  channels: Float32Array[];
}

// What TypeScript's DOM library does not know: the scope of a worklet.
declare const sampleRate: number;
declare const currentTime: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, kind: new () => AudioWorkletProcessor): void;

class Sound extends AudioWorkletProcessor {
  #sync: Sync | undefined;
  #stretch: Stretch | undefined;
  #power = 0;
  #count = 0;

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<Sync | Samples>) => {
      if ("media" in event.data) this.#sync = event.data;
      else this.#put(event.data);
    };
  }

  process(_: Float32Array[][], outputs: Float32Array[][]): boolean {
    const out = outputs[0];
    if (out && this.#sync && this.#stretch) {
      const media = this.#sync.media + (currentTime - this.#sync.context) * 1000;
      this.#stretch.read((media / 1000) * sampleRate, out);
      this.#measure(out[0] as Float32Array);
    }
    return true;
  }

  #measure(samples: Float32Array): void {
    for (const sample of samples) this.#power += sample * sample;
    this.#count += samples.length;
    if (this.#count < (TOLD / 1000) * sampleRate) return;
    this.port.postMessage({ level: Math.sqrt(this.#power / this.#count) } satisfies Heard);
    this.#power = 0;
    this.#count = 0;
  }

  #put({ stamp, channels }: Samples): void {
    this.#stretch ??= new Stretch(sampleRate, channels.length, KEPT);
    this.#stretch.write(Math.round((stamp / 1000) * sampleRate), channels);
  }
}

registerProcessor("oncue-sound", Sound);
