/** The audio thread: plays samples by their show time. */
import { Stretch } from "./stretch";

/** At the context's time `context` (s) the show time `media` (ms) is to be heard. */
export interface Sync {
  context: number;
  media: number;
}

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
    }
    return true;
  }

  #put({ stamp, channels }: Samples): void {
    this.#stretch ??= new Stretch(sampleRate, channels.length);
    this.#stretch.write(Math.round((stamp / 1000) * sampleRate), channels);
  }
}

registerProcessor("oncue-sound", Sound);
