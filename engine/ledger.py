"""What each viewer has: a map that knows which viewers changed, and can take changes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

_ABSENT: Any = object()


class Ledger(dict[int, T]):
    """Viewer id to value. Values are immutable: to change one, put a new one in.

    A field of a `State` of type `Ledger[T]` gets three things that a dict lacks: the engine sends a private scene to those viewers
    only whose part changed, a refused action is undone at the cost of what it wrote, and snapshots decode it with its type.
    """

    __slots__ = ("_journal", "_read")

    def __init__(self, items: Mapping[int, T] | Iterable[tuple[int, T]] = ()) -> None:
        super().__init__(items)
        self._journal: list[tuple[int, Any]] = []
        self._read = 0

    def __setitem__(self, viewer: int, value: T) -> None:
        self._journal.append((viewer, self.get(viewer, _ABSENT)))
        dict.__setitem__(self, viewer, value)

    def __delitem__(self, viewer: int) -> None:
        self._journal.append((viewer, self[viewer]))
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
        viewer = next(reversed(self))
        return viewer, self.pop(viewer)

    def setdefault(self, viewer: int, default: T) -> T:
        """As with a dict."""
        if viewer not in self:
            self[viewer] = default
        return self[viewer]

    def update(self, *args: Any, **kwargs: Any) -> None:
        """As with a dict."""
        for viewer, value in dict(*args, **kwargs).items():
            self[viewer] = value

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]  # as dict.update, not as dict.__or__
        self.update(other)
        return self

    def clear(self) -> None:
        """As with a dict."""
        self._journal.extend(self.items())
        dict.clear(self)

    def changed(self) -> set[int]:
        """The viewers whose values changed since the last call."""
        out = {viewer for viewer, _ in self._journal[self._read :]}
        self._read = len(self._journal)
        return out

    def commit(self) -> None:
        """Forget how to take back what was written so far. Call `changed` first."""
        self._journal.clear()
        self._read = 0

    def rollback(self) -> None:
        """Take back all that was written since the last commit."""
        for viewer, old in reversed(self._journal):
            if old is _ABSENT:
                dict.pop(self, viewer, None)
            else:
                dict.__setitem__(self, viewer, old)
        self.commit()

    @property
    def touched(self) -> bool:
        """Whether anything was written since the last commit."""
        return bool(self._journal)
