/** Out by MoQ, on the session with which the page watches. */
import type { Net } from "@moq/watch";
import type { Door, DoorHooks, OpenDoor, Uplink } from "./door";
import { Filming, type Show } from "./filming";
import { Outlet } from "./outlet";
import { Rate } from "./rate";
import type { Block } from "./samples";
import { Speaking } from "./speaking";

/** The broadcast `path` on this connection, stamped by `show`: the page's time (ms) as show time (ms). */
export const byMoq =
  (connection: Net.Connection.Reload, path: string, show: Show): OpenDoor =>
  (hooks) =>
    new MoqDoor(connection, path, show, hooks);

class MoqDoor implements Door {
  readonly kind = "moq";
  #outlet: Outlet;
  #filming: Filming;
  #speaking: Speaking;
  #sound = false;
  #rate = new Rate();
  #end: () => void;

  constructor(connection: Net.Connection.Reload, path: string, show: Show, hooks: DoorHooks) {
    this.#outlet = new Outlet(connection, path, () => this.keyframe());
    this.#filming = new Filming(this.#outlet, show, (error) => hooks.failed("camera", error));
    this.#speaking = new Speaking(this.#outlet, show, (error) => hooks.failed("microphone", error));
    this.#end = connection.status.subscribe(() => hooks.changed());
  }

  film(track: MediaStreamTrack | undefined): void {
    this.#filming.film(track);
  }

  speak(track: MediaStreamTrack | undefined): void {
    this.#sound = track !== undefined;
  }

  say(block: Block): void {
    if (this.#sound) this.#speaking.say(block);
  }

  keyframe(): void {
    this.#filming?.keyframe();
  }

  uplink(): Uplink {
    return {
      connected: this.#outlet.connected,
      rate: this.#rate.of(performance.now(), this.#outlet.sent),
      backlog: this.#filming.backlog,
      reduced: this.#filming.ladder.step > 0,
    };
  }

  close(): void {
    this.#end();
    this.#filming.close();
    this.#speaking.close();
    this.#outlet.close();
  }
}
