"""How a segment's state is kept: encoded for snapshots, and put back as it was when an action is refused."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from .errors import FormatError
from .ledger import Ledger
from .structs import State


def is_ledger(kind: Any) -> bool:
    """Whether a type is `Ledger[T]`."""
    return get_origin(kind) is Ledger or kind is Ledger


def _frozen(kind: Any) -> bool:
    info = msgspec.inspect.type_info(kind)
    if isinstance(info, msgspec.inspect.StructType):
        return info.cls.__struct_config__.frozen
    mutable = (
        msgspec.inspect.ListType,
        msgspec.inspect.DictType,
        msgspec.inspect.SetType,
        msgspec.inspect.AnyType,
    )
    return not isinstance(info, mutable)


def _ordered(kind: Any) -> bool:
    return (
        get_origin(kind) not in (set, frozenset)
        and kind not in (set, frozenset)
        and all(map(_ordered, get_args(kind)))
    )


class Keeper:
    """Encodes, decodes and restores states of one type. Raises `FormatError` when the type cannot be kept."""

    def __init__(self, state: type[State]) -> None:
        self.state = state
        self.ledgers: dict[str, Any] = {}
        self._bare: list[str] = []
        small: list[tuple[str, Any]] = []
        hints = get_type_hints(state, include_extras=True)
        for field in msgspec.structs.fields(state):
            kind = hints[field.name]
            if is_ledger(kind):
                self.ledgers[field.name] = self._value(field.name, kind)
                self._bare += [field.name] if field.required else []
            elif not _ordered(kind):
                raise FormatError(
                    f"{state.__name__}.{field.name}: a set has no order that a replay could repeat",
                    hint="a list, or a dict whose values are True",
                )
            else:
                small.append((field.name, kind))
        self.names = tuple(name for name, _ in small)
        try:
            rest = msgspec.defstruct(f"{state.__name__}Rest", small, array_like=True)
            self._rest = rest
            self._decoder = msgspec.msgpack.Decoder(rest)
        except TypeError as error:
            raise FormatError(
                f"{state.__name__}: {error}", hint="use types that msgspec can encode"
            ) from error
        self._encoder = msgspec.msgpack.Encoder()

    def _value(self, name: str, kind: Any) -> Any:
        args = get_args(kind)
        if not args or not _frozen(args[0]):
            raise FormatError(
                f"{self.state.__name__}.{name}: a ledger's values must be immutable",
                hint="Ledger[int], Ledger[tuple[int, ...]] or a frozen struct",
            )
        return args[0]

    def new(self) -> State:
        """A state of defaults; a ledger without one begins empty. Raises `TypeError` when another field has none."""
        return self.state(**{name: Ledger() for name in self._bare})

    def save(self, state: State) -> Any:
        """All of a state but its ledgers, for `restore` and `same`."""
        values = tuple([getattr(state, name) for name in self.names])
        data = self._encoder.encode(values)
        try:
            self._decoder.decode(data)
        except msgspec.ValidationError:  # the author put a wrong type into a field: slower, but still exact
            return deepcopy(values)
        return data

    def same(self, state: State, saved: Any) -> bool:
        """Whether all but the ledgers is as it was when saved."""
        values = tuple([getattr(state, name) for name in self.names])
        return bool((self._encoder.encode(values) if isinstance(saved, bytes) else values) == saved)

    def restore(self, state: State, saved: Any) -> None:
        """Set all of a state but its ledgers to what it was when saved."""
        if isinstance(saved, bytes):
            rest = self._decoder.decode(saved)
            saved = [getattr(rest, name) for name in self.names]
        else:
            saved = deepcopy(saved)
        for name, value in zip(self.names, saved, strict=True):
            setattr(state, name, value)

    def books(self, state: State) -> list[Ledger[Any]]:
        """The state's ledgers, in the order of its fields."""
        return [getattr(state, name) for name in self.ledgers]

    def encode(self, state: State) -> bytes:
        """A state whole, for a snapshot. Keeps the order of ledgers and dicts, on which a handler may depend."""
        rest = self._encoder.encode(tuple([getattr(state, name) for name in self.names]))
        return self._encoder.encode((rest, [list(book.items()) for book in self.books(state)]))

    def decode(self, data: bytes) -> State:
        """What `encode` wrote. Raises `msgspec.ValidationError` when it does not fit the type any more."""
        rest, books = msgspec.msgpack.decode(data, type=tuple[bytes, list[msgspec.Raw]])
        decoded = self._decoder.decode(rest)
        values = {name: getattr(decoded, name) for name in self.names}
        for (name, value), book in zip(self.ledgers.items(), books, strict=True):
            values[name] = Ledger(msgspec.msgpack.decode(book, type=list[tuple[int, value]]))  # type: ignore[valid-type]
        return self.state(**values)
