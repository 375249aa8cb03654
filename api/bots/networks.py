"""An audience whose viewers are on different networks."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from oncue.api.lab import Lab, Path, Viewer, network
from oncue.engine.errors import BadInput

from .venue import Joined, Venue


class Share(msgspec.Struct, frozen=True):
    """A network, and how many of all viewers are on it, in any unit."""

    name: str
    path: Path
    weight: float


def read_networks(text: str) -> list[Share]:
    """From `wifi=60,4g=30,satellite=10`; also `120+-20ms=5`, and a name alone.

    Raises `BadInput` (`lab/no-network`, `rehearse/bad-networks`).
    """
    shares = []
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, weight = part.partition("=")
        try:
            shares.append(Share(name.strip(), network(name.strip()), float(weight or 1)))
        except ValueError:
            shares.append(Share(name, Path(), -1))
    if not shares or min(share.weight for share in shares) < 0 or not sum(share.weight for share in shares):
        raise BadInput(
            f"these are no networks: {text!r}",
            code="rehearse/bad-networks",
            hint="write names with their shares, such as wifi=60,4g=30,satellite=10",
        )
    return shares


def spread(shares: Sequence[Share], size: int) -> list[Share]:
    """The network of each of so many viewers: as even as can be, and mixed, so that they do not come in by network."""
    total = sum(share.weight for share in shares)
    owed = [0.0] * len(shares)
    spread = []
    for _ in range(size):
        owed = [now + share.weight / total for now, share in zip(owed, shares, strict=True)]
        most = max(range(len(shares)), key=owed.__getitem__)
        owed[most] -= 1
        spread.append(shares[most])
    return spread


class Neighbourhood:
    """Where the viewers of a venue's show live: each has a network of a lab of their own. `join` is a `Door`."""

    def __init__(self, venue: Venue, networks: Sequence[Share]) -> None:
        self._venue = venue
        self._networks = networks
        self.viewers: list[Viewer] = []

    async def settle(self, lab: Lab) -> None:
        """Lay the networks, in front of what an answer to joining names."""
        host = await self._venue.host()
        tcp = [_address(host.link)]
        udp = [_address(host.relay.url)] if host.relay else []
        self.viewers = [await lab.viewer(share.path, tcp=tcp, udp=udp) for share in self._networks]

    async def join(self, index: int) -> Joined:
        """Join, and be led over this viewer's network."""
        joined, viewer = await self._venue.join(), self.viewers[index]
        relay = joined.relay
        return msgspec.structs.replace(
            joined,
            link=viewer.over(joined.link),
            relay=relay and msgspec.structs.replace(relay, url=viewer.over(relay.url, "udp")),
        )


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port
