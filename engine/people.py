"""Who is in a show, and which of their actions were counted already."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from hashlib import blake2b
from typing import Literal

import msgspec

from .errors import Reject
from .log import NONCE
from .structs import ViewerId

Standing = Literal["", "hidden", "kicked", "banned"]

TABS = 16
"""How many tabs of one viewer are remembered, so that what they resend counts once."""

NAME_MOST = 24


class More(msgspec.Struct, array_like=True):
    """What few people have: a moderator's mark, a staff role, further tabs (highest count of each)."""

    state: Standing = ""
    staff: bool = False
    tabs: dict[int, int] = {}


class Person(msgspec.Struct, gc=False, array_like=True):
    """Somebody in the show. There may be a million of them: keep it small.

    `tab` is the number (see log.py) from which their latest tab counts, `count` the highest that was counted of it: apart, because a
    small count costs no memory of its own, which would be elsewhere after every action.
    """

    id: ViewerId
    name: str
    tab: int = 0
    count: int = 0
    more: More | None = None

    @property
    def state(self) -> Standing:
        """The moderator's mark."""
        return self.more.state if self.more else ""

    @property
    def staff(self) -> bool:
        """Whether this is a host, producer or moderator."""
        return self.more is not None and self.more.staff

    def rest(self) -> More:
        """`more`, made when it is not there."""
        if self.more is None:
            self.more = More()
        return self.more

    def fresh(self, number: int) -> bool:
        """Whether an action with this number was not counted yet; if so it is from now on.

        A tab's numbers come in order (a node records its batches one after the other, and a client resends in order), so what is not
        above the highest one of its tab is a repeat.
        """
        count = number % NONCE
        tab = number - count
        if tab != self.tab:
            if self.count:
                tabs = self.rest().tabs
                if count <= tabs.get(tab, 0):
                    return False
                tabs.pop(tab, None)
                tabs[self.tab] = self.count
                while len(tabs) > TABS:
                    del tabs[next(iter(tabs))]
            self.tab, self.count = tab, 0
        if count <= self.count:
            return False
        self.count = count
        return True


def clean(name: str) -> str:
    """A name as it is shown. Raises `Reject` (`name/bad`) for an empty or unprintable one, or one that is too long."""
    if name.isascii() and name.isprintable():  # the same, but in a fifth of the time
        name = " ".join(name.split())
        if 0 < len(name) <= NAME_MOST:
            return name
    name = " ".join(unicodedata.normalize("NFKC", name).split())
    if not name or len(name) > NAME_MOST:
        raise Reject(f"a name has 1 to {NAME_MOST} characters", code="name/bad")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Cn") for letter in name):
        raise Reject("a name has letters, digits and signs that everybody can see", code="name/bad")
    return name


def _print(name: str) -> int:
    """Never 0 nor 1, which `Prints` needs."""
    return int.from_bytes(blake2b(name.casefold().encode(), digest_size=8).digest(), "big") | 2


class Prints:
    """A set of 64-bit numbers in one block of memory, a third of what Python's own needs: open addressing with linear probing
    (Knuth, The Art of Computer Programming, 6.4). In a place, 0 is free and 1 is free again."""

    def __init__(self, kept: bytes = bytes(8 * 64)) -> None:
        self._places = memoryview(bytearray(kept)).cast("Q")
        self._used = sum(map(bool, self._places))

    def __bytes__(self) -> bytes:
        return self._places.tobytes()

    def __contains__(self, number: int) -> bool:
        return self._places[self._find(number, number)] == number

    def add(self, number: int) -> bool:
        """Put in a number; False when it is there."""
        place = self._find(number, number)
        if self._places[place]:
            return False
        if 3 * self._used >= 2 * len(self._places):
            self._grow()
            place = self._find(0, number)
        self._places[place] = number
        self._used += 1
        return True

    def discard(self, number: int) -> None:
        """Take a number out."""
        place = self._find(number, number)
        if self._places[place] == number:
            self._places[place] = 1

    def _find(self, what: int, number: int) -> int:
        """The place of `what`, or the first free one, from the place where `number` would be."""
        places, mask = self._places, len(self._places) - 1
        place = number >> 2 & mask
        while places[place] and places[place] != what:
            place = place + 1 & mask
        return place

    def _grow(self) -> None:
        kept = [number for number in self._places if number > 1]
        size = len(self._places) * (2 if 3 * len(kept) > len(self._places) else 1)
        places, mask = memoryview(bytearray(8 * size)).cast("Q"), size - 1
        for number in kept:
            place = number >> 2 & mask
            while places[place]:
                place = place + 1 & mask
            places[place] = number
        self._places, self._used = places, len(kept)


class Crowd:
    """All who joined, by id. Names are unique whatever their case; they are remembered as fingerprints of 62 bits, to be small."""

    def __init__(self, people: Iterable[Person] = (), names: bytes = b"") -> None:
        """People who were in a show, with what `names` was then."""
        self.by_id: dict[int, Person] = {person.id: person for person in people}
        self.count = sum(1 for person in self.by_id.values() if person.name)
        self._names = Prints(names) if names else Prints()

    @property
    def names(self) -> bytes:
        """The fingerprints of all names, to be kept: to take them anew takes four times as long as all else of a snapshot."""
        return bytes(self._names)

    def name(self, viewer: ViewerId) -> str:
        """The name to show for a viewer."""
        person = self.by_id.get(viewer)
        if person is None:
            return ""
        return "•••" if person.state in ("hidden", "banned") else person.name

    def admit(self, viewer: ViewerId, name: str) -> Person:
        """Take somebody in under this name, or give them this name. Raises `Reject` (`name/bad`, `name/taken`)."""
        name = clean(name)
        mark = _print(name)
        person = self.by_id.get(viewer)
        own = _print(person.name) if person and person.name else None
        if mark != own:
            if not self._names.add(mark):
                raise Reject(
                    f"somebody here is called {name} already",
                    code="name/taken",
                    hint="add a letter or a number",
                )
            if own is None:
                self.count += 1
            else:
                self._names.discard(own)
        if person is None:
            person = self.by_id[viewer] = Person(viewer, name)
        person.name = name
        return person

    def newest(self, most: int) -> list[Person]:
        """The last to have joined, oldest first."""
        out: list[Person] = []
        for person in reversed(self.by_id.values()):
            if not person.staff:
                out.append(person)
            if len(out) == most:
                break
        return out[::-1]

    def staff(self, viewer: ViewerId) -> Person:
        """A host, producer or moderator: known by their token, not counted, without a name to show."""
        person = self.by_id[viewer] = Person(viewer, "", more=More(staff=True))
        return person
