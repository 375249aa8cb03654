/** One WHEP session (draft-ietf-wish-whep): offers to receive, and comes back by itself when it is lost. */
import { world } from "../world";

/** How soon it is tried again (ms), at first and at most. */
const AGAIN = { first: 500, most: 8_000 };
/** A connection that is lost for this long does not come back (ms). */
const LOST = 3_000;

export class Whep {
  connected = false;
  #connection: RTCPeerConnection | undefined;
  #place: string | undefined;
  #wait = AGAIN.first;
  #closed = false;
  #cancel: (() => void) | undefined;

  /** `url` is the seat's, `received` gets each receiver, `changed` is told when `connected` has changed. */
  constructor(
    readonly url: string,
    readonly token: string,
    readonly received: (receiver: RTCRtpReceiver, stream: MediaStream) => void,
    readonly changed: () => void,
  ) {
    void this.#open();
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#end();
  }

  async #open(): Promise<void> {
    const connection = new RTCPeerConnection();
    this.#connection = connection;
    const stream = new MediaStream();
    for (const kind of ["video", "audio"]) {
      const { receiver } = connection.addTransceiver(kind, { direction: "recvonly", streams: [stream] });
      stream.addTrack(receiver.track);
      this.received(receiver, stream);
    }
    connection.addEventListener("connectionstatechange", () => this.#look(connection));
    try {
      await connection.setLocalDescription();
      const answer = await this.#ask(connection.localDescription?.sdp ?? "");
      if (this.#connection === connection)
        await connection.setRemoteDescription({ type: "answer", sdp: answer });
    } catch {
      if (this.#connection === connection) this.#again();
    }
  }

  async #ask(offer: string): Promise<string> {
    const headers = { Authorization: `Bearer ${this.token}`, "Content-Type": "application/sdp" };
    const response = await fetch(this.url, { method: "POST", headers, body: offer });
    if (!response.ok) throw new Error(`${response.status}`);
    this.#place = response.headers.get("Location") ?? undefined;
    if (this.#closed) this.#end();
    return await response.text();
  }

  #look(connection: RTCPeerConnection): void {
    if (connection !== this.#connection) return;
    const state = connection.connectionState;
    this.#tell(state === "connected");
    if (state === "connected") this.#wait = AGAIN.first;
    this.#cancel?.();
    if (state === "disconnected") this.#cancel = world.later(LOST, () => this.#again());
    if (state === "failed" || state === "closed") this.#again();
  }

  #again(): void {
    this.#end();
    if (this.#closed) return;
    this.#cancel = world.later(this.#wait * (0.5 + Math.random()), () => void this.#open());
    this.#wait = Math.min(AGAIN.most, 2 * this.#wait);
  }

  #end(): void {
    const [connection, place] = [this.#connection, this.#place];
    this.#connection = this.#place = undefined;
    connection?.close();
    this.#tell(false);
    if (!place) return;
    const headers = { Authorization: `Bearer ${this.token}` };
    fetch(new URL(place, new URL(this.url, location.href)), {
      method: "DELETE",
      headers,
      keepalive: true,
    }).catch(() => {});
  }

  #tell(connected: boolean): void {
    if (connected === this.connected) return;
    this.connected = connected;
    this.changed();
  }
}
