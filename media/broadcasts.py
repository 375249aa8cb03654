"""Feeds from and to broadcasts on the relay."""

from __future__ import annotations

import asyncio
import logging
import re
import struct
from collections import Counter
from typing import TypeAlias

import moq
import msgspec

from oncue.engine.errors import BadInput

from .feed import Coded, Sink, TrackInfo

log = logging.getLogger(__name__)

PATIENCE_US = 1_000_000
"""How long a group that is late is waited for."""

AGAIN_S = 0.05
FAULTS = 20
"""How many faults in a row a track may have: frames that the codec's parser refuses, or subscriptions that fail."""

NAME = re.compile(r"[A-Za-z0-9_./-]{1,64}")

Rendition: TypeAlias = "moq.Video | moq.Audio"

VIDEO = {"avc1": moq.VideoFormat.AVC3, "avc3": moq.VideoFormat.AVC3, "vp8": moq.VideoFormat.VP8}
AUDIO = {"opus": moq.AudioFormat.OPUS, "mp4a": moq.AudioFormat.AAC}


class MoqPublisher:
    """A broadcast that somebody publishes: its catalog is followed, and all renditions in it are read that can be passed on (H.264,
    VP8, Opus, AAC). It cannot be asked for key frames; pages make one when they hear that they are live."""

    def __init__(self, broadcast: moq.BroadcastConsumer) -> None:
        self._broadcast = broadcast
        self._tracks: dict[str, TrackInfo] | None = None
        self._readers: dict[str, asyncio.Task[None]] = {}

    async def run(self, into: Sink) -> None:
        """Until the broadcast is over. Raises `BadInput` (`media/catalog`, `media/track`) too."""
        try:
            async with asyncio.TaskGroup() as group:
                try:
                    await self._follow(into, group)
                finally:
                    for reader in self._readers.values():
                        reader.cancel()
        except BaseExceptionGroup as many:
            raise many.exceptions[0] from None

    def keyframe(self) -> None:
        """Pages do it by themselves."""

    async def _follow(self, into: Sink, group: asyncio.TaskGroup) -> None:
        try:
            async with await self._broadcast.subscribe_catalog() as catalogs:
                async for catalog in catalogs:
                    self._change(catalog, into, group)
        except (moq.Error.Protocol, moq.Error.Closed, moq.Error.Cancelled, moq.Error.Transport) as error:
            log.debug("a broadcast is over: %s", error)
        except moq.Error as error:
            raise BadInput(f"a catalog that cannot be read: {error}", code="media/catalog") from error

    def _change(self, catalog: moq.Catalog, into: Sink, group: asyncio.TaskGroup) -> None:
        renditions: dict[str, Rendition] = {**catalog.video, **catalog.audio}
        found = {name: info for name, one in renditions.items() if (info := _info(name, one))}
        # Bit rates are measured, and vary; nothing begins anew for that.
        old = self._tracks or {}
        found = {name: _same(old.get(name), info) for name, info in found.items()}
        if found == self._tracks:
            return
        for name in [name for name, info in old.items() if found.get(name) != info]:
            self._readers.pop(name).cancel()
        fresh = [name for name, info in found.items() if old.get(name) != info]
        self._tracks = found
        into.tracks(tuple(found.values()))
        for name in fresh:
            self._readers[name] = group.create_task(self._read(name, renditions[name].container, into))

    async def _read(self, name: str, container: moq.Container, into: Sink) -> None:
        options = moq.Subscription(max_age_us=PATIENCE_US)
        faults = 0
        while True:
            try:
                async with await self._broadcast.subscribe_media(name, container, options) as frames:
                    async for frame in frames:
                        faults = 0
                        if frame.payload:  # an empty one says where its group ends
                            into.frame(name, Coded(frame.timestamp_us, frame.keyframe, frame.payload))
                return
            except moq.Error as error:
                # A group that was too old, or dropped from a full cache, ends the subscription; not the track.
                log.debug("track %s is subscribed to again: %s", name, error)
                faults += 1
                if faults > FAULTS:
                    raise BadInput(f"a track that cannot be read: {error}", code="media/track") from error
            await asyncio.sleep(AGAIN_S * faults)


def _info(name: str, rendition: Rendition) -> TrackInfo | None:
    family = rendition.codec.split(".")[0]
    if rendition.broadcast or not NAME.fullmatch(name):
        return None
    description, bitrate = bytes(rendition.description or b""), rendition.bitrate or 0
    if isinstance(rendition, moq.Video):
        if family not in VIDEO:
            return None
        width, height = (rendition.coded.width, rendition.coded.height) if rendition.coded else (0, 0)
        return TrackInfo(
            name=name, kind="video", codec=rendition.codec, description=description, width=width, height=height,
            framerate=rendition.framerate or 0, bitrate=bitrate,
        )  # fmt: skip
    if family not in AUDIO or (family == "mp4a" and not description):
        return None
    return TrackInfo(
        name=name, kind="audio", codec=rendition.codec, description=description, bitrate=bitrate,
        rate=rendition.sample_rate, channels=rendition.channel_count,
    )  # fmt: skip


def _same(old: TrackInfo | None, new: TrackInfo) -> TrackInfo:
    if old is None:
        return new
    measured = msgspec.structs.replace(new, bitrate=old.bitrate, framerate=old.framerate)
    return old if measured == old else new


class AirSink:
    """Writes a feed into a broadcast, which it owns; whoever made that announces it. Renditions stay renditions. A rendition is in the
    catalog from its first frame on, until it is told no more; when it comes again, then under a name of its own (`video/hd.2`): to who
    has subscribed to a track that ended, it stays ended."""

    def __init__(self, broadcast: moq.BroadcastProducer) -> None:
        self.broadcast = broadcast
        self._tracks: dict[str, TrackInfo] = {}
        self._open: dict[str, moq.MediaProducer] = {}
        self._times: Counter[str] = Counter()
        self._faults = 0

    def tracks(self, tracks: tuple[TrackInfo, ...]) -> None:
        """What changed ends; its new form begins with its first frame."""
        told = {track.name: track for track in tracks}
        for name in [name for name in self._open if told.get(name) != self._tracks.get(name)]:
            self._open.pop(name).finish()
        self._tracks = told

    def frame(self, track: str, frame: Coded) -> None:
        """Raises moq.Error when what comes is again and again not what it is said to be."""
        info = self._tracks[track]
        try:
            producer = self._open.get(track)
            if producer is None:
                if not frame.key and info.kind == "video":
                    return
                producer = self._open[track] = self._publish(info)
            producer.write_frame(frame.payload, frame.stamp)
            if info.kind == "audio":
                # A group per packet, or who joins gets all the sound since the start.
                producer.cut()
        except moq.Error as error:
            self._broken(track, error)
        else:
            self._faults = 0

    def close(self) -> None:
        """End the broadcast for all."""
        for producer in self._open.values():
            producer.finish()
        self._open.clear()
        self.broadcast.close()

    def _broken(self, track: str, error: moq.Error) -> None:
        """The parser keeps the rest of what it could not read, so the track begins anew with the next key frame."""
        producer = self._open.pop(track, None)
        if producer:
            producer.finish()
        self._faults += 1
        log.debug("a frame of %s cannot be passed on: %s", track, error)
        if self._faults > FAULTS:
            raise error

    def _publish(self, info: TrackInfo) -> moq.MediaProducer:
        family = info.codec.split(".")[0]
        self._times[info.name] += 1
        name = info.name if self._times[info.name] == 1 else f"{info.name}.{self._times[info.name]}"
        if info.kind == "audio":
            head = info.description or _opus_head(info)
            return self.broadcast.publish_audio(AUDIO[family], head, track=name)
        size = moq.Dimensions(width=info.width, height=info.height) if info.width and info.height else None
        # At a lower bit rate than the real one the catalog changes as the library measures it, and players start again.
        hint = moq.VideoHint(
            coded=size,
            bitrate=2 * info.bitrate or None,
            framerate=info.framerate or None,
            optimize_for_latency=True,
        )
        form = moq.VideoFormat.AVC1 if info.description else VIDEO[family]
        return self.broadcast.publish_video(form, info.description, hint=hint, track=name)


def _opus_head(info: TrackInfo) -> bytes:
    """RFC 7845, 5.1: version, channels, pre-skip, rate, gain, mapping."""
    return b"OpusHead" + struct.pack("<BBHIhB", 1, info.channels or 2, 0, info.rate or 48_000, 0, 0)
