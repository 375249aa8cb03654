"""How a segment's state is kept: encoded for snapshots, and put back as it was when an action is refused."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from .errors import FormatError
from .ledger import Ledger
from .structs import State

_info = msgspec.inspect
_SETS = (_info.SetType, _info.FrozenSetType)
_MUTABLE = (_info.ListType, _info.DictType, _info.AnyType, _info.DataclassType)


def is_ledger(kind: Any) -> bool:
    """Whether a type is `Ledger[T]`."""
    return get_origin(kind) is Ledger or kind is Ledger


def _inside(kind: Any, seen: set[Any] | None = None) -> Iterator[Any]:
    """A type's description and those of all types in it."""
    seen = set() if seen is None else seen
    info = kind if isinstance(kind, _info.Type) else _info.type_info(kind)
    cls = getattr(info, "cls", None)
    if cls is not None and cls in seen:
        return
    seen.add(cls)
    yield info
    if isinstance(info, (_info.StructType, _info.DataclassType, _info.TypedDictType, _info.NamedTupleType)):
        parts = [field.type for field in info.fields]
    else:
        of = ("type", "item_type", "key_type", "value_type")
        parts = [getattr(info, name) for name in of if hasattr(info, name)]
        parts += [*getattr(info, "types", ()), *getattr(info, "item_types", ())]
    for part in parts:
        yield from _inside(part, seen)


def _mutable(info: Any) -> bool:
    if isinstance(info, _info.StructType):
        return not info.cls.__struct_config__.frozen
    return isinstance(info, _MUTABLE)


def _copied(values: tuple[Any, ...]) -> tuple[Any, ...]:
    try:
        return copy.deepcopy(values)
    except Exception:  # noqa: BLE001  # an author may put anything anywhere
        return values


class Keeper:
    """Encodes, decodes and restores states of one type. Raises `FormatError` when the type cannot be kept."""

    def __init__(self, state: type[State]) -> None:
        self.state = state
        self.ledgers: dict[str, Any] = {}
        self._bare: list[str] = []
        small: list[tuple[str, Any]] = []
        try:
            hints = get_type_hints(state, include_extras=True)
        except NameError as error:
            raise FormatError(
                f"{state.__name__}: {error}",
                hint="define the types of a state's fields at the top of the module",
            ) from error
        for field in msgspec.structs.fields(state):
            kind = hints[field.name]
            if is_ledger(kind):
                self.ledgers[field.name] = self._value(field.name, kind)
                self._bare += [field.name] if field.required else []
            else:
                self._keepable(field.name, kind)
                small.append((field.name, kind))
        self._kinds = dict(small)
        self.names = tuple(self._kinds)
        try:
            rest = msgspec.defstruct(f"{state.__name__}Rest", small, array_like=True)
            self._decoder = msgspec.msgpack.Decoder(rest)
        except TypeError as error:
            raise FormatError(
                f"{state.__name__}: {error}", hint="use types that msgspec can encode"
            ) from error
        self._encoder = msgspec.msgpack.Encoder()

    def _value(self, name: str, kind: Any) -> Any:
        args = get_args(kind)
        if args:
            self._keepable(name, args[0])
        if not args or any(map(_mutable, _inside(args[0]))):
            raise FormatError(
                f"{self.state.__name__}.{name}: a ledger's values must be immutable",
                hint="Ledger[int], Ledger[tuple[int, ...]] or a frozen struct",
            )
        return args[0]

    def _keepable(self, name: str, kind: Any) -> None:
        for info in _inside(kind):
            if isinstance(info, _SETS):
                raise FormatError(
                    f"{self.state.__name__}.{name}: a set has no order that a replay could repeat",
                    hint="a list, or a dict whose values are True",
                )
            if isinstance(info, _info.CustomType):
                raise FormatError(
                    f"{self.state.__name__}.{name}: {info.cls.__name__} cannot be kept",
                    hint="use types that msgspec can encode",
                )

    def new(self) -> State:
        """A state of defaults; a ledger without one begins empty. Raises `TypeError` when another field has none."""
        return self.state(**{name: Ledger() for name in self._bare})

    def save(self, state: State) -> Any:
        """All of a state but its ledgers, for `restore` and `same`: bytes, or a copy when some value has not the type that the state
        says, of which no snapshot can be read (see `wrong`)."""
        values = self._values(state)
        try:
            data = self._encoder.encode(values)
            self._decoder.decode(data)
        except Exception:  # noqa: BLE001  # an author may put anything anywhere
            return _copied(values)
        return data

    def _values(self, state: State) -> tuple[Any, ...]:
        return tuple([getattr(state, name, None) for name in self.names])

    def wrong(self, state: State) -> str:
        """What cannot be kept of a state; empty when all can."""
        for name, kind in self._kinds.items():
            try:
                msgspec.msgpack.decode(self._encoder.encode(getattr(state, name, None)), type=kind)
            except Exception as error:  # noqa: BLE001  # an author may put anything anywhere
                return f"{self.state.__name__}.{name} cannot be kept: {error}"
        return ""

    def same(self, state: State, saved: Any) -> bool:
        """Whether all but the ledgers is as it was when saved."""
        try:
            values = self._values(state)
            return bool((self._encoder.encode(values) if isinstance(saved, bytes) else values) == saved)
        except Exception:  # noqa: BLE001  # an author may put anything anywhere
            return False

    def restore(self, state: State, saved: Any) -> None:
        """Set all of a state but its ledgers to what it was when saved."""
        if isinstance(saved, bytes):
            rest = self._decoder.decode(saved)
            values = tuple([getattr(rest, name) for name in self.names])
        else:
            values = _copied(saved)
        for name, value in zip(self.names, values, strict=True):
            setattr(state, name, value)

    def books(self, state: State) -> list[Ledger[Any]]:
        """The state's ledgers, in the order of its fields. A plain dict that was put in the place of one becomes one."""
        out: list[Ledger[Any]] = []
        for name in self.ledgers:
            book = getattr(state, name, None)
            if type(book) is not Ledger:
                book = Ledger(book if isinstance(book, Mapping) else ())
                setattr(state, name, book)
            out.append(book)
        return out

    def encode(self, state: State) -> bytes:
        """A state whole, for a snapshot. Keeps the order of ledgers and dicts, on which a handler may depend."""
        rest = self._encoder.encode(tuple([getattr(state, name) for name in self.names]))
        return self._encoder.encode((rest, [book.plain for book in self.books(state)]))

    def decode(self, data: bytes) -> State:
        """What `encode` wrote. Raises `msgspec.ValidationError` when it does not fit the type any more."""
        rest, books = msgspec.msgpack.decode(data, type=tuple[bytes, list[msgspec.Raw]])
        decoded = self._decoder.decode(rest)
        values = {name: getattr(decoded, name) for name in self.names}
        for (name, value), book in zip(self.ledgers.items(), books, strict=True):
            values[name] = Ledger(msgspec.msgpack.decode(book, type=dict[int, value]))  # type: ignore[valid-type]
        return self.state(**values)

    def plain(self, state: State) -> dict[str, Any]:
        """A state as plain data by the names of its fields, ledgers as maps from viewer ids: what `Format.migrate` gets."""
        return unpack(self.encode(state), self.names, tuple(self.ledgers))

    def field(self, name: str, plain: Any) -> Any:
        """One field's value from plain data. Raises `KeyError` when there is none of that name, and `msgspec.ValidationError`."""
        data = self._encoder.encode(plain)
        if name in self.ledgers:
            return Ledger(msgspec.msgpack.decode(data, type=dict[int, self.ledgers[name]]))  # type: ignore[name-defined]
        return msgspec.msgpack.decode(data, type=self._kinds[name])


def unpack(data: bytes, names: tuple[str, ...], ledgers: tuple[str, ...]) -> dict[str, Any]:
    """What `Keeper.encode` wrote of a state with these fields, as plain data. Raises `msgspec.DecodeError` or `ValueError`."""
    rest, books = msgspec.msgpack.decode(data, type=tuple[bytes, list[dict[int, Any]]])
    values = msgspec.msgpack.decode(rest, type=list[Any])
    return dict(zip((*names, *ledgers), (*values, *books), strict=True))
