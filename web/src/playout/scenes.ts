/** The scene track: what is to be seen beside the picture, over the same connection. */
import { Snapshot } from "@moq/json";
import type { Net } from "@moq/watch";
import type { SceneMsg } from "../wire";

/** Above pictures (60) and sound (80). */
const PRIORITY = 100;
/** Scenes come in whole; how many of them wait does not matter, only the last one does. */
const LATENCY = 10_000;

export class Scenes {
  /** Whether they come. */
  up = false;
  #reading = 0;
  #close: () => void;

  /** `heard` gets each scene; `turned` is told when `up` may have changed. */
  constructor(
    connection: Net.Connection.Reload,
    path: Net.Path.Valid,
    readonly heard: (scene: SceneMsg) => void,
    readonly turned: () => void,
  ) {
    const broadcast = connection.announcedBroadcast(path);
    const end = broadcast.active.subscribe((active) => this.#turn(active));
    const active = broadcast.active.peek();
    if (active) this.#turn(active);
    this.#close = () => {
      end();
      broadcast.close();
    };
  }

  close(): void {
    this.#close();
  }

  #turn(active: Net.Broadcast.Consumer | undefined): void {
    this.#reading += 1;
    const mine = this.#reading;
    this.up = false;
    if (active) this.#read(active, () => mine === this.#reading).catch(() => {});
    this.turned();
  }

  async #read(broadcast: Net.Broadcast.Consumer, current: () => boolean): Promise<void> {
    const track = broadcast.subscribe("scene", { priority: PRIORITY, latencyMax: LATENCY });
    // @moq/watch brings its own @moq/net: the same calls, but another class for the type checker.
    const scenes = new Snapshot.Consumer<SceneMsg>(track as never, { compression: true });
    for await (const scene of scenes) {
      if (!current()) return;
      this.up = true;
      this.heard(scene);
      this.turned();
    }
    if (!current()) return;
    this.up = false;
    this.turned();
  }
}
