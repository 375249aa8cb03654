"""Where the viewers of a rehearsal live: each on a network of their own, or with others on one."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from oncue.api.bots import Venue
from oncue.api.bots.venue import Joined
from oncue.api.lab import Lab, Traffic, Viewer

from .profiles import Place


class Neighbourhood:
    """The networks of these viewers of a venue's show, laid by `settle`. `join` is a `Door`."""

    def __init__(self, venue: Venue, places: Sequence[Place]) -> None:
        self._venue = venue
        self.places = places
        self.homes: list[Viewer] = []

    async def settle(self, lab: Lab) -> None:
        """Lay the networks, in front of what an answer to joining names."""
        host = await self._venue.host()
        tcp = [_address(host.link)]
        udp = [_address(host.relay.url)] if host.relay else []
        shared: dict[str, Viewer] = {}
        for place in self.places:
            profile = place.profile
            home = shared.get(profile.name) or await lab.viewer(place.path, tcp=tcp, udp=udp)
            if profile.share:
                shared[profile.name] = home
            self.homes.append(home)

    async def join(self, index: int) -> Joined:
        """Join, and be led over this viewer's network."""
        joined, home = await self._venue.join(), self.homes[index]
        relay = joined.relay
        return msgspec.structs.replace(
            joined,
            link=home.over(joined.link),
            relay=relay and msgspec.structs.replace(relay, url=home.over(relay.url, "udp")),
        )

    async def traffic(self) -> dict[str, list[Traffic]]:
        """What went through the networks, by profile."""
        found: dict[str, list[Traffic]] = {}
        seen: set[int] = set()
        for place, home in zip(self.places, self.homes, strict=True):
            if id(home) not in seen:
                seen.add(id(home))
                found.setdefault(place.profile.name, []).append(await home.traffic())
        return found


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname
    return parts.hostname, parts.port or (443 if parts.scheme in ("https", "wss") else 80)
