/**
 * Out by WebRTC (WHIP, RFC 9725), where the browser has no WebTransport or no encoders that pages can use.
 *
 * The offer is sent once its candidates are known. A session that breaks is begun again, with growing pauses.
 */
import type { Door, DoorHooks, OpenDoor, Uplink } from "./door";
import { Rate } from "./rate";

/** Candidates are waited for so long (ms). */
const GATHER = 1_500;
const AGAIN = 1_000;
const MOST = 10_000;
const LOOK = 1_000;
const BITRATE = 2_000_000;

/** To this address, with the show's token. */
export const byWhip =
  (url: string, token: string): OpenDoor =>
  (hooks) =>
    new WhipDoor(url, token, hooks);

class WhipDoor implements Door {
  readonly kind = "whip";
  #tracks: Record<"audio" | "video", MediaStreamTrack | undefined> = { audio: undefined, video: undefined };
  #peer: RTCPeerConnection | undefined;
  #resource = "";
  #wait = AGAIN;
  #again: ReturnType<typeof setTimeout> | undefined;
  #look: ReturnType<typeof setInterval>;
  #rate = new Rate();
  #uplink: Uplink = { connected: false, rate: 0, backlog: 0, reduced: false };
  #closed = false;

  constructor(
    readonly url: string,
    readonly token: string,
    readonly hooks: DoorHooks,
  ) {
    this.#look = setInterval(() => void this.#measure(), LOOK);
    void this.#begin();
  }

  film(track: MediaStreamTrack | undefined): void {
    this.#put("video", track);
  }

  speak(track: MediaStreamTrack | undefined): void {
    this.#put("audio", track);
  }

  say(): void {}

  /** The server asks for one itself (RTCP PLI). */
  keyframe(): void {}

  uplink(): Uplink {
    return this.#uplink;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
    clearInterval(this.#look);
    this.#peer?.close();
    this.#delete();
  }

  #put(kind: "audio" | "video", track: MediaStreamTrack | undefined): void {
    this.#tracks[kind] = track;
    const sender = this.#peer?.getTransceivers().find((one) => one.receiver.track.kind === kind)?.sender;
    sender?.replaceTrack(track ?? null).catch(() => {});
  }

  async #begin(): Promise<void> {
    this.#peer?.close();
    this.#delete();
    const peer = new RTCPeerConnection();
    this.#peer = peer;
    peer.addEventListener("connectionstatechange", () => this.#turned(peer));
    for (const kind of ["audio", "video"] as const) {
      // Both from the start: to turn on a camera later needs no new session then.
      const sendEncodings = kind === "video" ? [{ maxBitrate: BITRATE }] : [];
      peer.addTransceiver(this.#tracks[kind] ?? kind, { direction: "sendonly", sendEncodings });
    }
    try {
      await peer.setLocalDescription(await peer.createOffer());
      await gathered(peer);
      const answer = await this.#offer(peer.localDescription?.sdp ?? "");
      if (this.#closed || peer !== this.#peer) return this.#delete();
      await peer.setRemoteDescription({ type: "answer", sdp: answer });
    } catch {
      if (peer === this.#peer) this.#later();
    }
  }

  async #offer(sdp: string): Promise<string> {
    const answer = await fetch(this.url, {
      method: "POST",
      headers: { "Content-Type": "application/sdp", Authorization: `Bearer ${this.token}` },
      body: sdp,
    });
    if (!answer.ok) throw new Error(`WHIP: ${answer.status}`);
    this.#resource = new URL(answer.headers.get("Location") ?? "", new URL(this.url, location.href)).href;
    return answer.text();
  }

  #turned(peer: RTCPeerConnection): void {
    if (peer !== this.#peer) return;
    const connected = peer.connectionState === "connected";
    if (connected) this.#wait = AGAIN;
    this.#uplink = { ...this.#uplink, connected };
    this.hooks.changed();
    if (peer.connectionState === "failed" || peer.connectionState === "disconnected") this.#later();
  }

  #later(): void {
    if (this.#closed) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.#begin(), this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(MOST, this.#wait * 2);
  }

  #delete(): void {
    const resource = this.#resource;
    this.#resource = "";
    if (!resource) return;
    // `keepalive`: also when the page goes.
    const headers = { Authorization: `Bearer ${this.token}` };
    fetch(resource, { method: "DELETE", headers, keepalive: true }).catch(() => {});
  }

  async #measure(): Promise<void> {
    let sent = 0;
    let reduced = false;
    const stats = (await this.#peer?.getStats().catch(() => undefined)) ?? new Map<string, unknown>();
    for (const one of stats.values()) {
      const { type, bytesSent, qualityLimitationReason } = one as Record<string, string | number>;
      if (type !== "outbound-rtp") continue;
      sent += Number(bytesSent ?? 0);
      reduced ||= qualityLimitationReason === "bandwidth" || qualityLimitationReason === "cpu";
    }
    this.#uplink = { ...this.#uplink, rate: this.#rate.of(performance.now(), sent), reduced };
  }
}

/** Once all candidates are known, or after a while with those that are. */
function gathered(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (peer.iceGatheringState === "complete") resolve();
    };
    peer.addEventListener("icegatheringstatechange", look);
    setTimeout(resolve, GATHER);
    look();
  });
}
