/** Cameras and microphones: which there are, which is used on this device, and how they are opened. */
import { memory } from "../identity";

export type Input = "camera" | "microphone";

export interface Device {
  id: string;
  label: string;
}

export type Devices = Record<Input, Device[]>;

const KINDS = { camera: "videoinput", microphone: "audioinput" } as const;

const SOUND: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};
const PICTURE: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};

/** All that there are; names are known once one of them was allowed. */
export async function devices(): Promise<Devices> {
  const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  const of = (input: Input): Device[] =>
    all
      .filter((one) => one.kind === KINDS[input] && one.deviceId)
      .map((one) => ({ id: one.deviceId, label: one.label }));
  return { camera: of("camera"), microphone: of("microphone") };
}

/** Opens one: that which was chosen on this device before, or any. Throws what getUserMedia does. */
export async function open(input: Input): Promise<MediaStreamTrack> {
  const id = memory.get(`device.${input}`);
  const wanted = { ...(input === "camera" ? PICTURE : SOUND), ...(id ? { deviceId: { ideal: id } } : {}) };
  const media = navigator.mediaDevices;
  if (!media) throw new DOMException("no media devices in an insecure context", "SecurityError");
  const stream = await media.getUserMedia(input === "camera" ? { video: wanted } : { audio: wanted });
  const [track] = stream.getTracks();
  if (!track) throw new DOMException("no track", "NotFoundError");
  track.contentHint = input === "camera" ? "motion" : "speech";
  return track;
}

/** A screen, a window or a tab that the person chooses. Throws what getDisplayMedia does. */
export async function openScreen(): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getDisplayMedia({
    video: { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 30, max: 30 } },
  });
  const [track] = stream.getVideoTracks();
  if (!track) throw new DOMException("no track", "NotFoundError");
  track.contentHint = "detail";
  return track;
}

/** Uses this one from now on. */
export const remember = (input: Input, id: string): void => memory.set(`device.${input}`, id);

/** The id of the device behind a track. */
export const idOf = (track: MediaStreamTrack | undefined): string => track?.getSettings().deviceId ?? "";
