"""The publisher and the audience of Janus' video room, for `bench/_fanout_janus.py`: `URL CLIP`, then orders as for `_fanout_viewers.py`.

The publisher sends the clip's frames as they are. Viewers answer DTLS and ICE as any browser does, and then only count the packets: what
it costs to decrypt them is not what is measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.rtcdtlstransport import RTCDtlsTransport

ROOM = 1234
PLUGIN = "janus.plugin.videoroom"
CLOCK = 90_000


class Clip(MediaStreamTrack):
    """The clip's access units, in Annex B, round and round in real time."""

    kind = "video"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._units = self._rounds(path)
        self._begun = 0.0

    async def recv(self) -> Any:
        """The next access unit, when it is due."""
        due, packet = next(self._units)
        self._begun = self._begun or time.monotonic()
        await asyncio.sleep(max(0.0, self._begun + due - time.monotonic()))
        return packet

    @staticmethod
    def _rounds(path: Path) -> Iterator[tuple[float, Any]]:
        offset = 0.0
        while True:
            due = 0.0
            with av.open(str(path)) as container:
                stream = container.streams.video[0]
                annexb = av.BitStreamFilterContext("h264_mp4toannexb", stream)
                for packet in container.demux(stream):
                    if packet.size:
                        due = offset + float(packet.pts * packet.time_base)
                        for one in annexb.filter(packet):
                            one.pts, one.time_base = int(due * CLOCK), Fraction(1, CLOCK)
                            yield due, one
            offset = due + 1 / 30


class Janus:
    """One session of its HTTP API."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=60)
        self._session = 0
        self._heard: dict[int, asyncio.Queue[dict[str, Any]]] = {}

    async def open(self) -> None:
        """Begin, and listen."""
        self._session = (await self._say("/janus", "create"))["data"]["id"]
        self._listening = asyncio.create_task(self._listen())

    async def attach(self) -> int:
        """A handle to the video room."""
        handle: int = (await self._say(f"/janus/{self._session}", "attach", plugin=PLUGIN))["data"]["id"]
        self._heard[handle] = asyncio.Queue()
        return handle

    async def ask(self, handle: int, body: dict[str, Any], jsep: Any = None) -> dict[str, Any]:
        """A message to the plugin; the event, or the answer, that it gives."""
        more = {"jsep": jsep} if jsep else {}
        said = await self._say(f"/janus/{self._session}/{handle}", "message", body=body, **more)
        return said if said["janus"] == "success" else await self._heard[handle].get()

    async def _say(self, path: str, what: str, **more: Any) -> dict[str, Any]:
        body = {"janus": what, "transaction": "t", **more}
        answer: dict[str, Any] = (await self._http.post(path, json=body)).json()
        assert answer["janus"] != "error", answer
        return answer

    async def _listen(self) -> None:
        while True:
            for event in (await self._http.get(f"/janus/{self._session}", params={"maxev": "10"})).json():
                if event["janus"] == "event":
                    self._heard[event["sender"]].put_nowait(event)


class Hall:
    """A room with its publisher, and those who watch."""

    def __init__(self, janus: Janus) -> None:
        self._janus = janus
        self._peers: list[RTCPeerConnection] = []
        self.packets = 0

    async def publish(self, clip: Path) -> int:
        """Open the room and send the clip there; its feed."""
        handle = await self._janus.attach()
        room = {
            "request": "create",
            "room": ROOM,
            "publishers": 1,
            "bitrate": 8_000_000,
            "videocodec": "h264",
            "h264_profile": "42e01f",
        }
        await self._janus.ask(handle, room)
        joined = await self._janus.ask(handle, {"request": "join", "ptype": "publisher", "room": ROOM})
        peer = RTCPeerConnection()
        peer.addTransceiver(Clip(clip), direction="sendonly")
        h264 = [
            codec for codec in RTCRtpSender.getCapabilities("video").codecs if codec.mimeType == "video/H264"
        ]
        peer.getTransceivers()[0].setCodecPreferences(h264)
        await peer.setLocalDescription(await peer.createOffer())
        answer = await self._janus.ask(handle, {"request": "configure", "video": True}, _jsep(peer))
        await peer.setRemoteDescription(RTCSessionDescription(answer["jsep"]["sdp"], "answer"))
        self._publisher = peer
        return int(joined["plugindata"]["data"]["id"])

    async def watch(self, feed: int) -> None:
        """One more viewer."""
        handle = await self._janus.attach()
        join = {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": [{"feed": feed}]}
        offer = await self._janus.ask(handle, join)
        peer = RTCPeerConnection()
        self._peers.append(peer)
        await peer.setRemoteDescription(RTCSessionDescription(offer["jsep"]["sdp"], "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        await self._janus.ask(handle, {"request": "start"}, _jsep(peer))
        while peer.connectionState != "connected":
            await asyncio.sleep(0.01)

    async def leave(self) -> None:
        """All go, but for the publisher."""
        await asyncio.gather(*(peer.close() for peer in self._peers))
        self._peers.clear()

    def count(self) -> None:
        """From now on no packet is looked into."""

        async def counted(_: RTCDtlsTransport, data: bytes, arrival_time_ms: int) -> None:
            self.packets += 1

        RTCDtlsTransport._handle_rtp_data = counted  # it has no door for this


def _jsep(peer: RTCPeerConnection) -> dict[str, str]:
    return {"type": peer.localDescription.type, "sdp": peer.localDescription.sdp}


async def main(url: str, clip: Path) -> None:
    """Until the orders end."""
    janus = Janus(url)
    await janus.open()
    hall = Hall(janus)
    hall.count()
    feed = await hall.publish(clip)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        if order["do"] == "join":
            for _ in range(order["count"]):
                await hall.watch(feed)
        elif order["do"] == "leave":
            await hall.leave()
        else:
            hall.packets = 0
            await asyncio.sleep(order["seconds"])
        print(json.dumps({"packets": hall.packets}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
