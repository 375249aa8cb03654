"""A process that records a test picture and scenes until it is killed: `python _recorder.py FOLDER SECONDS`. Each line that it writes is
the stamp of the newest picture that the recording was given."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from oncue.media import Grant, Picture, Relay, TestCard
from oncue.media.broadcasts import MoqPublisher
from oncue.media.feed import Coded, Feed, TrackInfo
from oncue.media.recording import About, Limits, Recording

SHOW = "show1"


def wall() -> int:
    return time.time_ns() // 1000


class Newest:
    """A sink that knows the newest stamp of the picture."""

    stamp = 0

    def tracks(self, tracks: tuple[TrackInfo, ...]) -> None:
        self.videos = {track.name for track in tracks if track.kind == "video"}

    def frame(self, track: str, frame: Coded) -> None:
        if track in self.videos:
            self.stamp = frame.stamp

    def close(self) -> None:
        """It keeps what it knows."""


async def record(folder: Path, seconds: float, picture: Picture) -> None:
    async with Relay(lambda token: Grant(SHOW, 1, "audience"), wall) as relay:
        card = asyncio.create_task(TestCard(picture).run(relay.broadcast(SHOW, "stage/programme"), wall))
        broadcast = (
            await relay.origin(SHOW).consume().announced_broadcast(f"show/{SHOW}/stage/programme").available()
        )
        feed = Feed(wall)
        reading = asyncio.create_task(feed.run(MoqPublisher(broadcast)))
        recording = Recording.begin(folder, About(folder.name, SHOW, "Friday"), wall, Limits(free=0), print)
        feed.add(recording.sink("programme"))
        feed.add(newest := Newest())
        until = wall() + int(seconds * 1e6)
        seq = 0
        while wall() < until:
            seq += 1
            recording.scene(json.dumps({"epoch": 1, "seq": seq, "at": wall(), "scene": {}}).encode())
            if newest.stamp:
                print(newest.stamp, flush=True)
            await asyncio.sleep(0.1)
        feed.close()
        await recording.close()
        print("closed", flush=True)
        for task in (reading, card):
            task.cancel()
        await asyncio.gather(reading, card, return_exceptions=True)


if __name__ == "__main__":
    size = [int(number) for number in sys.argv[3:6]] or [320, 180, 30]
    asyncio.run(record(Path(sys.argv[1]), float(sys.argv[2]), Picture(*size)))
