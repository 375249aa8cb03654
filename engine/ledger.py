"""What each viewer has: a map that knows which viewers changed, and can take changes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from itertools import repeat
from typing import Any, TypeVar

T = TypeVar("T")

_ABSENT: Any = object()


class Ledger(MutableMapping[int, T]):
    """Viewer id to value, in the order in which they came, like a dict. Values are immutable: to change one, put a new one in.

    A field of a `State` of type `Ledger[T]` gets three things that a dict lacks: the engine sends a private scene to those viewers
    only whose part changed, a refused action is undone at the cost of what it wrote, and snapshots decode it with its type.
    """

    # Around a dict, since a subclass of dict takes twice as long to write to; what only reads is the dict's own. Two flat lists rather
    # than one of pairs, which would be one more object for the garbage collector at every write.
    __slots__ = ("_map", "_old", "_order", "_read", "_who", "get", "items", "keys", "values")

    def __init__(self, items: Mapping[int, T] | Iterable[tuple[int, T]] = ()) -> None:
        self._who: list[int | None] = []
        self._old: list[Any] = []
        self._order: list[int] | None = None
        self._read = 0
        self._take(dict(items))

    def _take(self, values: dict[int, T]) -> None:
        self._map = values
        self.get = values.get  # type: ignore[method-assign]
        self.items = values.items  # type: ignore[method-assign]
        self.keys = values.keys  # type: ignore[method-assign]
        self.values = values.values  # type: ignore[method-assign]

    @property
    def plain(self) -> Mapping[int, T]:
        """The same as a dict, to be encoded."""
        return self._map

    def __getitem__(self, viewer: int) -> T:
        return self._map[viewer]

    def __setitem__(self, viewer: int, value: T) -> None:
        values = self._map
        self._who.append(viewer)
        self._old.append(values.get(viewer, _ABSENT))
        values[viewer] = value

    def __delitem__(self, viewer: int) -> None:
        old = self._map[viewer]
        self._remember_order()
        self._who.append(viewer)
        self._old.append(old)
        del self._map[viewer]

    def __contains__(self, viewer: object) -> bool:
        return viewer in self._map

    def __iter__(self) -> Iterator[int]:
        return iter(self._map)

    def __reversed__(self) -> Iterator[int]:
        return reversed(self._map)

    def __len__(self) -> int:
        return len(self._map)

    def __repr__(self) -> str:
        return repr(self._map)

    def __ior__(self, other: Mapping[int, T]) -> Ledger[T]:
        self.update(other)
        return self

    def update(self, other: Mapping[int, T] | Iterable[tuple[int, T]] = (), /) -> None:  # type: ignore[override]
        """Write all of these: for a hundred thousand a tenth of the time that one by one would take."""
        new, values = dict(other), self._map
        self._who.extend(new)
        self._old.extend(map(values.get, new, repeat(_ABSENT)))
        values.update(new)

    def popitem(self) -> tuple[int, T]:
        """The latest to have come in, taken out. Raises `KeyError` when there is none."""
        if not self._map:
            raise KeyError("the ledger is empty")
        viewer = next(reversed(self._map))
        return viewer, self.pop(viewer)

    def clear(self) -> None:
        """Take all out."""
        self._who.extend(self._map.keys())
        self._old.extend(self._map.values())
        self.wipe()

    def wipe(self) -> None:
        """Take all out, and tell nobody: for what has no meaning any more, such as the answers to the question before. The viewers'
        private scenes stay as they were sent until something of theirs is written again. As fast for a million as for one."""
        self._who.append(None)
        self._old.append((self._map, self._order))
        self._order = None
        self._take({})

    def _remember_order(self) -> None:
        if self._order is None:
            self._order = list(self._map)  # what comes back after it was taken out would stand at the end

    def _reorder(self) -> None:
        if self._order is not None:
            items = [(viewer, self._map[viewer]) for viewer in self._order if viewer in self._map]
            self._map.clear()
            self._map.update(items)

    def changed(self) -> set[int]:
        """The viewers whose values were written since the last call."""
        told: set[int] = set()
        self.tell(told)
        return told

    def tell(self, changed: set[int]) -> None:
        """Put the viewers whose values were written since the last call into `changed`."""
        changed.update(self._who[self._read :])  # type: ignore[arg-type]
        changed.discard(None)
        self._read = len(self._who)

    def commit(self) -> None:
        """Forget how to take back what was written so far. Call `changed` first."""
        self._who.clear()
        self._old.clear()
        self._order = None
        self._read = 0

    def rollback(self) -> None:
        """Take back all that was written since the last commit. What `changed` has told of it stays told: who undoes one action
        repeats those before it, which write the same again, and then commits."""
        for viewer, old in zip(reversed(self._who), reversed(self._old), strict=True):
            if viewer is None:
                self._reorder()
                values, self._order = old
                self._take(values)
            elif old is _ABSENT:
                self._map.pop(viewer, None)
            else:
                self._map[viewer] = old
        self._reorder()
        self._who.clear()
        self._old.clear()
        self._order = None
