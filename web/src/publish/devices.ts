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

/** Opens those that were chosen on this device before, or any: all in one question of the browser's. Throws what getUserMedia does. */
export async function open(inputs: readonly Input[]): Promise<MediaStreamTrack[]> {
  const media = navigator.mediaDevices;
  if (!media) throw new DOMException("no media devices in an insecure context", "SecurityError");
  const wanted = Object.fromEntries(inputs.map((input) => [TRACKS[input], constraints(input)]));
  const tracks = (await media.getUserMedia(wanted)).getTracks();
  for (const track of tracks) track.contentHint = track.kind === "video" ? "motion" : "speech";
  return tracks;
}

const TRACKS = { camera: "video", microphone: "audio" } as const;

/** Which of them a track is. */
export const inputOf = (track: MediaStreamTrack): Input => (track.kind === "video" ? "camera" : "microphone");

function constraints(input: Input): MediaTrackConstraints {
  const id = memory.get(`device.${input}`);
  return { ...(input === "camera" ? PICTURE : SOUND), ...(id ? { deviceId: { ideal: id } } : {}) };
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
