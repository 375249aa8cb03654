/** Out by MoQ, on the session with which the page watches. */
import type { Net } from "@moq/watch";
import type { Door, DoorHooks, OpenDoor, Uplink } from "./door";
import { Echo } from "./echo";
import { Filming, type Show } from "./filming";
import { Outlet } from "./outlet";
import { Rate } from "./rate";
import type { Block } from "./samples";
import { Speaking } from "./speaking";

export interface MoqProps {
  connection: Net.Connection.Reload;
  /** The broadcast that is one's own. */
  path: string;
  /** The page's time (ms) as show time (ms). */
  show: Show;
  /** Where one's own picture can be had back from the node; empty: nowhere yet. */
  back(): string;
}

export const byMoq =
  (props: MoqProps): OpenDoor =>
  (hooks) =>
    new MoqDoor(props, hooks);

/** How often it is looked where the picture can be had back (ms). */
const LOOK = 1_000;

class MoqDoor implements Door {
  readonly kind = "moq";
  #outlet: Outlet;
  #filming: Filming;
  #speaking: Speaking;
  #sound = false;
  #rate = new Rate();
  #echo: Echo | undefined;
  #session: Net.Connection.Established | undefined;
  #look: ReturnType<typeof setInterval>;
  #end: () => void;

  constructor(
    readonly props: MoqProps,
    hooks: DoorHooks,
  ) {
    const { connection, path, show } = props;
    this.#outlet = new Outlet(connection, path, () => this.keyframe());
    this.#filming = new Filming(this.#outlet, {
      show,
      lag: (sent) => this.#echo?.lag(sent) ?? 0,
      failed: (error) => hooks.failed("camera", error),
    });
    this.#speaking = new Speaking(this.#outlet, show, (error) => hooks.failed("microphone", error));
    this.#look = setInterval(() => this.#listen(), LOOK);
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
    clearInterval(this.#look);
    this.#echo?.close();
    this.#filming.close();
    this.#speaking.close();
    this.#outlet.close();
  }

  /** Reads the picture back from where it can be had, on the session that there is. */
  #listen(): void {
    const session = this.props.connection.established.peek();
    const back = this.props.back();
    if (session === this.#session && back === (this.#echo?.path ?? "")) return;
    this.#session = session;
    this.#echo?.close();
    this.#echo = session && back ? new Echo(session, back, this.props.show) : undefined;
  }
}
