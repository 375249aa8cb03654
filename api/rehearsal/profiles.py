"""Who is in the audience of a rehearsal: on which networks, and with which habits."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from math import isfinite
from typing import TypeAlias

import msgspec

from oncue.api.bots.habit import Habit
from oncue.api.lab import NETWORKS, Path, Viewer, network
from oncue.engine.errors import BadInput

from .habits import TRICKS, Bursts, Doubles, Late, Sleeps
from .trolls import Heckles

Makes: TypeAlias = Callable[[int, Viewer], tuple[Habit, ...]]
"""The habits of the viewer who is the how many-th (from 0) of a profile, and whose network this is."""

STADIUM = Path(40, 40, 30, 0.01)
STADIUM_KBIT = 1500.0
"""For each viewer in it; all of them share what that comes to, and its queue."""


class Profile(msgspec.Struct, frozen=True):
    """A kind of viewer: `networks` they are on in turn, and what they do besides. `weight` is how many they are, in any unit. Those who
    `share` are all on one network, whose rate is that much more. `trick` names what each tries, of those who try."""

    name: str
    doc: str
    networks: tuple[tuple[str, Path], ...]
    habits: Makes = lambda _, __: ()
    share: bool = False
    weight: float = 1.0
    tricks: tuple[str, ...] = ()


def _networks(*names: str) -> tuple[tuple[str, Path], ...]:
    return tuple((name, NETWORKS[name]) for name in names)


def _cheats(index: int, _: Viewer) -> tuple[Habit, ...]:
    trick = list(TRICKS.values())[index % len(TRICKS)]
    return tuple(kind() for kind in trick)


PROFILES: dict[str, Profile] = {
    one.name: one
    for one in (
        Profile("home", "at home, on fibre or Wi-Fi", _networks("wifi", "fibre", "wifi"), weight=40),
        Profile(
            "mobile",
            "on the phone's network, with jitter and loss",
            _networks("4g", "3g", "4g", "train"),
            weight=22,
        ),
        Profile(
            "stadium",
            "many on one thin uplink, who press all at once",
            (("stadium", STADIUM),),
            lambda _, __: (Bursts(),),
            share=True,
            weight=12,
        ),
        Profile(
            "sleepers",
            "phones that go to sleep in mid-round, and come back",
            _networks("4g", "wifi"),
            lambda _, home: (Sleeps(home),),
            weight=6,
        ),
        Profile(
            "late",
            "come when a round is on already",
            _networks("wifi", "4g"),
            lambda _, __: (Late(),),
            weight=6,
        ),
        Profile(
            "doubles",
            "press everything twice, and send it again after it has its receipt",
            _networks("wifi", "4g"),
            lambda _, __: (Doubles(),),
            weight=5,
        ),
        Profile(
            "trolls",
            "say whatever must not be said",
            _networks("wifi"),
            lambda _, __: (Heckles(),),
            weight=3,
        ),
        Profile(
            "cheaters",
            "forge positions, delays and echoes, answer before it is shown, have many tabs",
            _networks("fibre"),
            _cheats,
            weight=6,
            tricks=tuple(TRICKS),
        ),
    )
}
"""Profiles by name. The weights are those of the mix that is taken where none is given."""


def read_profiles(text: str) -> list[Profile]:
    """From `home=50,mobile=30,trolls`: a name alone counts 1. Empty: the usual mix. Raises `BadInput` (`rehearse/bad-profiles`)."""
    if not text.strip():
        return list(PROFILES.values())
    return _read(text, "profiles", _profile, "home=50,mobile=30,trolls; there are " + ", ".join(PROFILES))


def read_networks(text: str) -> list[Profile]:
    """From `wifi=60,4g=30,satellite=10`, also `120+-20ms=5`: viewers without any habits.

    Raises `BadInput` (`lab/no-network`, `rehearse/bad-networks`).
    """
    return _read(text, "networks", _on_network, "wifi=60,4g=30,satellite=10")


def _on_network(name: str) -> Profile:
    return Profile(name, f"on {name}, without any habits", ((name, network(name)),))


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise BadInput(
            f"there is no profile {name!r}",
            code="rehearse/bad-profiles",
            hint=f"one of {', '.join(PROFILES)}",
        )
    return PROFILES[name]


def _read(text: str, what: str, find: Callable[[str], Profile], example: str) -> list[Profile]:
    found = []
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, weight = part.partition("=")
        try:
            found.append(msgspec.structs.replace(find(name.strip()), weight=float(weight or 1)))
        except ValueError:
            found.append(Profile(name, "", (), weight=-1))
    weights = [one.weight for one in found]
    if not found or not all(map(isfinite, weights)) or min(weights) < 0 or not sum(weights):
        raise BadInput(
            f"these are no {what}: {text!r}", code=f"rehearse/bad-{what}", hint=f"write them as {example}"
        )
    return found


def spread(profiles: Sequence[Profile], size: int) -> list[Profile]:
    """The profile of each of so many viewers: as even as can be and mixed, so that they do not come in by profile; of each that is wanted
    there is one, if there are enough viewers."""
    counts = _counts(profiles, size)
    owed = [0.0] * len(profiles)
    found = []
    for _ in range(size):
        owed = [now + count / size for now, count in zip(owed, counts, strict=True)]
        most = max(range(len(profiles)), key=owed.__getitem__)
        owed[most] -= 1
        found.append(profiles[most])
    return found


def _counts(profiles: Sequence[Profile], size: int) -> list[int]:
    """How many of each: one who is wanted there is, if there is room, and the rest by the largest remainders."""
    total = sum(one.weight for one in profiles)
    wanted = [one.weight / total * size for one in profiles]
    least = 1 if size >= sum(bool(one.weight) for one in profiles) else 0
    counts = [max(int(one), least if one else 0) for one in wanted]
    while (left := size - sum(counts)) != 0:
        step = 1 if left > 0 else -1
        free = [i for i, count in enumerate(counts) if step > 0 or count > least]
        counts[max(free, key=lambda i: step * (wanted[i] - counts[i]))] += step
    return counts


class Place(msgspec.Struct, frozen=True):
    """One viewer of a rehearsal before they come: the profile, which of its viewers this is (from 0), and on which network."""

    profile: Profile
    number: int
    network: str
    path: Path

    @property
    def trick(self) -> str:
        """What they try."""
        tricks = self.profile.tricks
        return tricks[self.number % len(tricks)] if tricks else ""


def places(profiles: Sequence[Profile]) -> list[Place]:
    """The viewers of these profiles, each profile's on its networks in turn."""
    counts: dict[str, itertools.count[int]] = {}
    sizes = {one.name: sum(other is one for other in profiles) for one in profiles}
    found = []
    for one in profiles:
        number = next(counts.setdefault(one.name, itertools.count()))
        name, path = one.networks[number % len(one.networks)]
        if one.share:
            path = msgspec.structs.replace(path, rate_kbit=STADIUM_KBIT * sizes[one.name])
        found.append(Place(one, number, name, path))
    return found
