"""What each viewer has: a map that knows which viewers changed, and can take changes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

_ABSENT: Any = object()
_put = dict.__setitem__
_add = dict.setdefault  # for what is new, twice as fast


class Ledger(dict[int, T]):
    """Viewer id to value. Values are immutable: to change one, put a new one in.

    A field of a `State` of type `Ledger[T]` gets three things that a dict lacks: the engine sends a private scene to those viewers
    only whose part changed, a refused action is undone at the cost of what it wrote, and snapshots decode it with its type.
    """

    # Two flat lists rather than one of pairs: a pair would be one more object for the garbage collector at every write.
    __slots__ = ("_old", "_order", "_read", "_who")

    def __init__(self, items: Mapping[int, T] | Iterable[tuple[int, T]] = ()) -> None:
        super().__init__(items)
        self._who: list[int] = []
        self._old: list[Any] = []
        self._order: list[int] | None = None
        self._read = 0

    def __setitem__(self, viewer: int, value: T) -> None:
        old = self.get(viewer, _ABSENT)
        self._who.append(viewer)
        self._old.append(old)
        if old is _ABSENT:
            _add(self, viewer, value)
        else:
            _put(self, viewer, value)

    def __delitem__(self, viewer: int) -> None:
        old = self[viewer]
        if self._order is None:
            self._order = list(self)  # what comes back after a deletion would stand at the end
        self._who.append(viewer)
        self._old.append(old)
        dict.__delitem__(self, viewer)

    def pop(self, viewer: int, default: Any = _ABSENT) -> Any:
        """As with a dict."""
        if viewer not in self and default is not _ABSENT:
            return default
        value = self[viewer]
        del self[viewer]
        return value

    def popitem(self) -> tuple[int, T]:
        """As with a dict."""
        if not self:
            raise KeyError("the ledger is empty")
        viewer = next(reversed(self))
        return viewer, self.pop(viewer)

    def setdefault(self, viewer: int, default: Any = None) -> Any:
        """As with a dict."""
        if viewer not in self:
            self[viewer] = default
        return self[viewer]

    def update(self, *args: Any, **kwargs: Any) -> None:
        """As with a dict."""
        for viewer, value in dict(*args, **kwargs).items():
            self[viewer] = value

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]  # `|` of two ledgers is a dict, as with any dict
        self.update(other)
        return self

    def clear(self) -> None:
        """As with a dict."""
        if self._order is None:
            self._order = list(self)
        self._who.extend(self.keys())
        self._old.extend(self.values())
        dict.clear(self)

    def changed(self) -> set[int]:
        """The viewers whose values were written since the last call."""
        out = set(self._who[self._read :])
        self._read = len(self._who)
        return out

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
            if old is _ABSENT:
                dict.pop(self, viewer, None)
            else:
                _put(self, viewer, old)
        if self._order is not None:
            items = [(viewer, self[viewer]) for viewer in self._order if viewer in self]
            dict.clear(self)
            dict.update(self, items)
        self._who.clear()
        self._old.clear()
        self._order = None

    @property
    def touched(self) -> bool:
        """Whether anything was written since the last commit."""
        return bool(self._who)
