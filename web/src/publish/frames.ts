/**
 * The frames of a camera or screen as they come, each with the page's time of its capture.
 *
 * Chromium hands them over one by one (MediaStreamTrackProcessor); elsewhere a video element shows them and says when it does
 * (requestVideoFrameCallback).
 */
import { Shown, Stamps } from "./stamps";

/** Takes a frame and closes it. `captured`: the page's time (ms). */
export type Take = (frame: VideoFrame, captured: number) => void;

interface Processor {
  readonly readable: ReadableStream<VideoFrame>;
}

declare const MediaStreamTrackProcessor: (new (init: { track: MediaStreamTrack }) => Processor) | undefined;

/** For so long a track is shown unseen, to learn the camera's clock (ms). */
const LEARN = 4_000;

/** Hands over frames of `track` until the returned function is called. */
export function frames(track: MediaStreamTrack, take: Take): () => void {
  return typeof MediaStreamTrackProcessor === "function"
    ? read(track, take, MediaStreamTrackProcessor)
    : watch(track, (frame, captured) => take(frame, captured));
}

function read(
  track: MediaStreamTrack,
  take: Take,
  Reader: NonNullable<typeof MediaStreamTrackProcessor>,
): () => void {
  const reader = new Reader({ track }).readable.getReader();
  const stamps = new Stamps();
  const stop = learn(track, stamps);
  void pump(reader, (frame) => {
    stop.shown.read(frame.timestamp);
    take(frame, stamps.at(frame.timestamp, performance.now() * 1000) / 1000);
  });
  return () => {
    stop.end();
    reader.cancel().catch(() => {});
  };
}

/** Reads until there is no more. */
export async function pump<T>(reader: ReadableStreamDefaultReader<T>, take: (one: T) => void): Promise<void> {
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) take(next.value);
  } catch {
    // The track is over, or another is read from now on.
  }
}

/** Shows the track where nobody sees it, for as long as it takes to learn how the camera's clock is off. */
function learn(track: MediaStreamTrack, stamps: Stamps): { shown: Shown; end: () => void } {
  const shown = new Shown();
  const end = show(track, (_, { captureTime }) => {
    if (captureTime !== undefined) shown.shown(captureTime * 1000, stamps.offset);
    stamps.exact = shown.offset ?? stamps.exact;
  });
  const timer = setTimeout(end, LEARN);
  return {
    shown,
    end: () => {
      clearTimeout(timer);
      end();
    },
  };
}

/** What a video element shows of it. Not while the page is hidden, where no frames are shown. */
function watch(track: MediaStreamTrack, take: Take): () => void {
  return show(track, (video, { captureTime, presentationTime }) => {
    const captured = Math.min(captureTime ?? presentationTime, performance.now());
    take(new VideoFrame(video, { timestamp: Math.round(captured * 1000) }), captured);
  });
}

function show(
  track: MediaStreamTrack,
  seen: (video: HTMLVideoElement, about: VideoFrameCallbackMetadata) => void,
): () => void {
  const video = document.createElement("video");
  video.muted = video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  let over = false;
  const next = (_: number, about: VideoFrameCallbackMetadata): void => {
    if (over) return;
    seen(video, about);
    video.requestVideoFrameCallback(next);
  };
  video.requestVideoFrameCallback(next);
  video.play().catch(() => {});
  return () => {
    over = true;
    video.srcObject = null;
  };
}
