"""What a network does to what is sent over it."""

from __future__ import annotations

import re

import msgspec

from oncue.engine.errors import BadInput


class Path(msgspec.Struct, frozen=True):
    """One viewer's network.

    `up_ms` and `down_ms` are one-way delays, to the node and from it. `jitter_ms`: each burst is that much earlier or later at the
    most, evenly, and order is kept. `loss` is the share (0..1) of packets that are lost, each way. `rate_kbit` is what fits through,
    each way (0: everything), after a queue of `queue_ms`; what finds it full is lost. `udp` says whether UDP comes through at all.

    Raises `BadInput` (`lab/bad-path`) when a figure makes no sense: negative, jitter above the delay, loss of everything.
    """

    up_ms: float = 0.0
    down_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    rate_kbit: float = 0.0
    queue_ms: float = 250.0
    udp: bool = True

    def __post_init__(self) -> None:
        figures = (self.up_ms, self.down_ms, self.jitter_ms, self.loss, self.rate_kbit, self.queue_ms)
        if min(figures) < 0 or self.loss >= 1 or self.jitter_ms > min(self.up_ms, self.down_ms):
            raise BadInput(
                f"no network is like this: {self}",
                code="lab/bad-path",
                hint="nothing is negative, loss is below 1, and jitter is no more than the smaller delay",
            )

    @classmethod
    def of(cls, delay_ms: float, jitter_ms: float = 0.0, loss: float = 0.0, rate_kbit: float = 0.0) -> Path:
        """The same delay both ways."""
        return cls(delay_ms, delay_ms, jitter_ms, loss, rate_kbit)


NETWORKS: dict[str, Path] = {
    "fibre": Path(6, 6, 1, 0.0, 100_000),
    "wifi": Path(12, 12, 8, 0.002, 25_000),
    "4g": Path(27, 27, 12, 0.002, 14_000),
    "3g": Path(75, 75, 30, 0.005, 1_600),
    "satellite": Path(300, 300, 20, 0.005, 10_000),
    "train": Path(60, 60, 45, 0.015, 6_000),
    "office": Path(10, 10, 2, 0.0, 50_000, udp=False),
}
"""Networks by name. Delays are halves of round trips; where a source has no jitter or loss, ours is a guess that is kept on the rough side.

- `fibre`: round trips of some 10 ms between homes with fibre and test servers (FCC, Measuring Broadband America, fixed reports).
- `wifi`: 25 ms and 0.2 % for phones on Wi-Fi in the US and Germany (Codavel, "Real-world latency and packet loss").
- `4g`: 53 ms and 14.7 Mbit/s on average (Ofcom, "Measuring mobile broadband performance in the UK", second report, 2015).
- `3g`: 150 ms and 1.6 Mbit/s (WebPageTest's profile `3GFast`, settings/connectivity.ini.sample).
- `satellite`: geostationary; 240 to 280 ms of propagation each way (RFC 2488, section 2), the rest for coding and queues on the ground.
- `train`: LTE at 300 km/h has more and more varied delay and loss than LTE at rest (Wang et al., "An Active-Passive Measurement Study
  of TCP Performance over LTE on High-speed Rails", MobiCom 2019); a hand-over without any network is `Viewer.cut` and `mend`.
- `office`: a firewall that lets no UDP through: no WebTransport, so what comes comes over TCP.
"""

WRITTEN = re.compile(r"(\d+(?:\.\d+)?)(?:\+-(\d+(?:\.\d+)?))?ms")


def network(name: str) -> Path:
    """The network of this name, or the one written as `120ms` or `120+-20ms`, one way. Raises `BadInput` (`lab/no-network`)."""
    if name in NETWORKS:
        return NETWORKS[name]
    if written := WRITTEN.fullmatch(name):
        return Path.of(float(written[1]), float(written[2] or 0))
    raise BadInput(
        f"there is no network {name!r}",
        code="lab/no-network",
        hint=f"one of {', '.join(NETWORKS)}, or a delay such as 120+-20ms",
    )
