"""Pictures, sounds and scenes from the server to everybody who watches.

A process that has the media role starts one relay; for each show in it a scene track, and a source for its picture:

    async with Relay(admit, clock.now, RelaySettings(bind="0.0.0.0:4443")) as relay:
        scenes = SceneTrack(relay.broadcast(show, "scene"))
        source = await open_source("test")
        playing = asyncio.create_task(source.run(relay.broadcast(show, "stage/programme"), clock.now))
        ...
        scenes.put(message.data)        # each SceneMsg that the show's owner publishes
        stage = Stage(relay, show, clock.now, told)
        stage.orders(orders)            # each Orders that it publishes: who goes on air, and who comes off
        relay.drop(show, viewer)        # somebody was kicked
        ...
        playing.cancel()                # the show is over
        scenes.close()
        await stage.close()
        relay.close(show)

`admit` gets each session's token and returns a `Grant` or raises an OncueError. `relay.address` and `relay.fingerprint` are what
browsers need to know, `relay.counts` is for metrics. Times are show time in µs since the Unix epoch.

What somebody publishes is a `Feed`: encoded frames, read from one `Publisher` after the other (a session of the relay, or WebRTC) and
given to each `Sink`: the air, the green room, a recording, WebRTC.
"""

from .broadcasts import AirSink, MoqPublisher
from .fanout import Fanout, Ticket
from .feed import Coded, Feed, FeedLimits, Publisher, Sink, TrackInfo
from .files import FileSource
from .hall import Attend, Grant, Visit
from .pace import Now
from .picture import Picture, TestCard
from .quic import ClockCounts, ClockDoor, ClockSettings
from .relay import Admit, Relay, RelayCounts, RelaySettings
from .remote import Remote
from .rtc import Attend as RtcAttend
from .rtc import Opened, Rtc, RtcCounts, RtcSettings
from .scenes import TRACK, SceneTrack
from .sources import Media, Source, is_stream, list_media, named, open_source
from .stage import Presence, Stage
from .tcp import SUBPROTOCOLS, TcpSession
from .timecode import read_time_code
from .uplink import Uplink

__all__ = [
    "SUBPROTOCOLS",
    "TRACK",
    "Admit",
    "AirSink",
    "Attend",
    "ClockCounts",
    "ClockDoor",
    "ClockSettings",
    "Coded",
    "Fanout",
    "Feed",
    "FeedLimits",
    "FileSource",
    "Grant",
    "Media",
    "MoqPublisher",
    "Now",
    "Opened",
    "Picture",
    "Presence",
    "Publisher",
    "Relay",
    "RelayCounts",
    "RelaySettings",
    "Remote",
    "Rtc",
    "RtcAttend",
    "RtcCounts",
    "RtcSettings",
    "SceneTrack",
    "Sink",
    "Source",
    "Stage",
    "TcpSession",
    "TestCard",
    "Ticket",
    "TrackInfo",
    "Uplink",
    "Visit",
    "is_stream",
    "list_media",
    "named",
    "open_source",
    "read_time_code",
]
