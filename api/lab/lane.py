"""One direction of one viewer's network, as arithmetic: a time comes in, the time at which it comes out goes out.

Times are seconds of one clock that never goes back. Nothing is read or awaited here.
"""

from __future__ import annotations

from collections import deque
from random import Random

import msgspec

from .path import Path

BURST_S = 0.005
"""What comes within this time of the last packet has its jitter: a frame's packets meet the same queue."""
SEGMENT = 1448
"""Bytes of a TCP segment in a frame of 1500 bytes."""
RTO_S = 0.2
"""Linux's floor (TCP_RTO_MIN) of what a retransmission timeout is longer than the round trip (RFC 6298, section 2)."""
MEASURED = 4096
"""How many of the latest delays are kept."""
LEAST_ROOM = 16 * 1500
"""Bytes that every queue holds, however slow the network."""


class Flow(msgspec.Struct):
    """What went through one direction. `lost` by chance, by a cut or because UDP is barred, `overflowed` because the queue was full;
    `late` are TCP segments that had to be sent again. `waiting` is what is under way. Delays are in ms, as they came about, of the
    latest that went through (None before any did)."""

    packets: int = 0
    bytes: int = 0
    lost: int = 0
    overflowed: int = 0
    late: int = 0
    waiting: int = 0
    delay_least_ms: float | None = None
    delay_p50_ms: float | None = None
    delay_p95_ms: float | None = None
    delay_most_ms: float | None = None
    delay_mean_ms: float | None = None


class Lane:
    """A queue with room for so much, in front of a wire of some length. With the same `random` it does the same."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._flow = Flow()
        self._delays: deque[float] = deque(maxlen=MEASURED)
        self._free = 0.0
        self._last = 0.0
        self._drawn = -1.0
        self._draw = 0.0
        self.become(Path(), 0.0)

    def become(self, path: Path, delay_ms: float, *, cut: bool = False) -> None:
        """From now on `path`, with this delay; nothing goes in while it is `cut`. What is under way comes out as it would have."""
        self.cut = cut
        self.delay = delay_ms / 1e3
        self._jitter = path.jitter_ms / 1e3
        self._loss = path.loss
        self._rate = path.rate_kbit * 125
        self._room = max(self._rate * path.queue_ms / 1e3, LEAST_ROOM)
        self._udp = path.udp

    def datagram(self, now: float, size: int) -> float | None:
        """When a datagram of so many bytes comes out, or None: it does not."""
        if self.cut or not self._udp or self.random.random() < self._loss:
            self._flow.lost += 1
            return None
        if self._rate and round(self.backlog(now)) + size > self._room:
            self._flow.overflowed += 1
            return None
        return self.through(now, size)

    def through(self, now: float, size: int) -> float:
        """When so many bytes come out that are not lost: after the queue, the wire and everything before them."""
        left = now
        if self._rate:
            left = self._free = max(self._free, now) + size / self._rate
        if now - self._drawn > BURST_S:
            self._draw = self.random.uniform(-self._jitter, self._jitter)
        self._drawn = now
        self._last = max(self._last, left + self.delay + self._draw)
        self._flow.waiting += 1
        return self._last

    @property
    def lossy(self) -> bool:
        """Whether some of what goes in may be lost."""
        return self._loss > 0

    def backlog(self, now: float) -> float:
        """Bytes that wait for the wire."""
        return max(self._free - now, 0) * self._rate

    def window(self, round_trip: float) -> int:
        """Bytes that TCP would have under way here: what the path holds and the queue takes."""
        return int(self._rate * round_trip + self._room) if self._rate else 4 << 20

    def again(self, round_trip: float) -> float:
        """How much later a TCP segment comes because it is lost: nothing, or timeouts of which each is twice the one before."""
        late, timeout = 0.0, round_trip + RTO_S
        while self.random.random() < self._loss:
            late += timeout
            timeout *= 2
            self._flow.late += 1
        return late

    def came_out(self, entered: float, now: float, size: int) -> None:
        """What came in at `entered` has come out."""
        flow = self._flow
        flow.waiting -= 1
        flow.packets += 1
        flow.bytes += size
        self._delays.append(now - entered)

    def flow(self) -> Flow:
        """What went through so far."""
        ranked = sorted(self._delays)
        if not ranked:
            return msgspec.structs.replace(self._flow)

        def ms(rank: float) -> float:
            return round(1e3 * ranked[min(int(len(ranked) * rank), len(ranked) - 1)], 3)

        return msgspec.structs.replace(
            self._flow,
            delay_least_ms=ms(0),
            delay_p50_ms=ms(0.5),
            delay_p95_ms=ms(0.95),
            delay_most_ms=ms(1),
            delay_mean_ms=round(1e3 * sum(ranked) / len(ranked), 3),
        )


def resent(sent: float, round_trip: float, now: float) -> float:
    """When TCP tries again, at `now` or later, what it first sent at `sent` in vain: after timeouts that double (RFC 6298, section 5)."""
    timeout = round_trip + RTO_S
    at = sent + timeout
    while at < now:
        timeout *= 2
        at += timeout
    return at
