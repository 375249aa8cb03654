/** A guest's way to the stage for looking at: `?page=j&scene=question&stage=invited`. Devices are this machine's; what they send goes nowhere. */
import type { MyStage } from "../src/wire";

const ROOM = "show/k3v9mq2xta/room/secret";

export const GUESTS: Record<string, MyStage> = {
  hand: {},
  queue: { state: "queue", place: 3, topic: "About the reef" },
  next: { state: "queue", place: 1 },
  invited: { state: "invited" },
  check: { state: "check" },
  denied: { state: "check" },
  green: { state: "green", room: ROOM },
  talking: { state: "green", room: ROOM, talkers: [1] },
  live: { state: "live", room: ROOM, seat: "s3" },
  muted: { state: "live", room: ROOM, seat: "s3", muted: true },
  sound: { state: "live", room: ROOM, seat: "s3", camera: false },
  away: { state: "live", room: ROOM, seat: "s3" },
  thanks: { thanks: 1 },
};

/** Where what somebody does takes them. */
export function walked(mine: MyStage, action: { type: string }): MyStage | undefined {
  const to: Record<string, MyStage> = {
    "raise-hand": { state: "queue", place: 4 },
    "lower-hand": {},
    "accept-stage": { state: "check" },
    "decline-stage": {},
    checked: { state: "green", room: ROOM },
    "leave-stage": mine.state === "check" ? {} : { thanks: Date.now() * 1000 },
  };
  return to[action.type];
}

/** A way out that is always open, and leads nowhere. */
class Nowhere extends EventTarget {
  connectionState = query().get("stage") === "away" ? "connecting" : "connected";
  iceGatheringState = "complete";
  localDescription = { sdp: "" };
  #began = performance.now();

  addTransceiver(): void {}
  createOffer = (): Promise<object> => Promise.resolve({});
  setLocalDescription = (): Promise<void> => Promise.resolve();
  setRemoteDescription = (): Promise<void> => {
    this.dispatchEvent(new Event("connectionstatechange"));
    return Promise.resolve();
  };
  getTransceivers = (): object[] => [];
  getStats = (): Promise<Map<string, object>> =>
    Promise.resolve(
      new Map([["out", { type: "outbound-rtp", bytesSent: (performance.now() - this.#began) * 200 }]]),
    );
  close(): void {}
}

const query = (): URLSearchParams => new URLSearchParams(SEARCH);
/** As it was before the page took another address. */
const SEARCH = location.search;

export function pretendDevices(): void {
  window.RTCPeerConnection = Nowhere as unknown as typeof RTCPeerConnection;
  if (query().get("stage") === "denied")
    navigator.mediaDevices.getUserMedia = () =>
      Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
}
