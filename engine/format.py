"""The base class of formats, and what is checked when one is defined."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Generic, Protocol, cast, get_args, get_origin

import msgspec
from typing_extensions import TypeVar

from .blocks import Scene
from .cue import Cue
from .errors import FormatError, Reject
from .events import check as check_event
from .keep import Keeper
from .structs import BY, Action, Micros, Row, Settings, State, ViewerId
from .wire import Ruling

S = TypeVar("S", bound=State)
C = TypeVar("C", bound=Settings, default=Settings)
Handler = Callable[[Any, Any, Any, Cue], None]


class People(Protocol):
    """Who is in the show, as a format may know it."""

    def name(self, viewer: ViewerId) -> str:
        """The name to show for a viewer."""

    @property
    def count(self) -> int:
        """How many have joined."""


class Route(msgspec.Struct, frozen=True):
    """One line of a format's table: this action, by these roles, when this holds, does that. `once`: see `on`."""

    action: type[Action]
    handler: Handler
    roles: int
    when: Callable[[Any], bool] | None
    title: str
    doc: str
    once: bool | None = None

    @property
    def type(self) -> str:
        """The action's name on the wire."""
        return tag(self.action)


def tag(action: type[Action]) -> str:
    """An action type's name on the wire."""
    return cast(str, action.__struct_config__.tag)


def on(
    action: type[Action],
    *,
    by: str = "viewer",
    when: Callable[[Any], bool] | None = None,
    title: str = "",
    once: bool | None = None,
) -> Callable[[Callable[[Any, Any, Any, Cue], None]], Handler]:
    """Mark a method `(self, state, action, cue)` as the handler of `action`.

    `by` says who may: `viewer`, `guest`, `moderator`, `producer`, `host`, `clock` or `system`, several with `|`. While `when(state)` is
    false the action is refused (`action/not-now`), and the host's button is off. `title` is the button's text. `once` is a promise that
    a rehearsal puts to the test: who does the same again counts no more than before. It need not be said of answers to a round, nor of
    what is sent by choices, ratings and rankings; there `once=False` takes it back.
    """
    unknown = [word for word in by.split("|") if word.strip() not in BY]
    if unknown:
        raise FormatError(
            f"@on({action.__name__}): nobody is called {unknown[0]!r}", hint=f"one of {', '.join(BY)}"
        )
    roles = reduce(or_, (BY[word.strip()] for word in by.split("|")))

    def mark(handler: Handler) -> Handler:
        doc = inspect.cleandoc(handler.__doc__ or action.__doc__ or "").split("\n\n")[0]
        words = tag(action).replace("-", " ").capitalize()
        handler.__route__ = Route(action, handler, int(roles), when, title or words, doc, once)  # type: ignore[attr-defined]
        return handler

    return mark


class Format(ABC, Generic[S, C]):
    """One kind of thing that a show can do: a game, a poll, a sale.

    Subclass it as `class Trivia(Format[Board, Quiz])`, with the state and the settings, mark handlers by `@on`, and say what is to be seen.
    An instance belongs to one segment: `settings` and `people` are set, nothing else may be kept on it.
    Handlers and views are plain functions of the state: no clock, no waiting, no randomness but `cue.random`.

    A show keeps the `version` that its segment began with. Change it whenever a show that is played again would come out differently, and
    name the classes of before in `earlier`, as long as shows of theirs are to be played; or write `migrate`.

    `web` is the file of its web component (see `blocks.Custom`), from the folder of its own file: `web/wheel.js`. Where pages find it,
    `web_address`, is not for authors to set.
    """

    title: ClassVar[str] = ""
    version: ClassVar[str] = "1"
    budget: ClassVar[Micros] = 20_000
    earlier: ClassVar[tuple[type[Format[Any, Any]], ...]] = ()
    web: ClassVar[str] = ""
    web_address: ClassVar[str] = ""
    state: ClassVar[type[State]]
    settings_type: ClassVar[type[Settings]]
    routes: ClassVar[dict[type[Action], Route]]
    union: ClassVar[Any]
    keeper: ClassVar[Keeper]
    emits: ClassVar[dict[str, type[msgspec.Struct]]] = {}
    """Events for the outside by their names, as `cue.emit` has them, and what each tells: for AsyncAPI, and checked when it is emitted."""

    def __init__(self, settings: C, people: People) -> None:
        self.settings = settings
        self.people = people

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.state, cls.settings_type = _types(cls)
        cls.title = cls.__dict__.get("title") or cls.__name__
        cls.routes = _routes(cls)
        cls.union = reduce(or_, cls.routes)
        cls.keeper = Keeper(cls.state)
        _whole(cls)

    def start(self) -> S:
        """The state that the segment begins with. By default: the state's own defaults, and empty ledgers."""
        return cast(S, type(self).keeper.new())

    @abstractmethod
    def public(self, state: S, /) -> Scene:
        """What everybody sees. Never anything that is to be secret yet: it is encoded once and sent to all."""

    def private(self, state: S, viewer: ViewerId, /) -> Scene | None:
        """What only this viewer sees, with the public scene. Asked for when the segment goes live, the viewer comes, or their part
        of a ledger is written, and not when something else changes that it shows."""
        return None

    def desk(self, state: S, /) -> Scene:
        """What the host sees besides the public scene and the buttons."""
        return Scene()

    def next(self, state: S, /) -> Action | None:
        """The host's most likely next action, complete: the big button, and what the autopilot presses. None: nothing more to do."""
        return None

    def results(self, state: S, /) -> Iterable[Row]:
        """The outcome as rows, for CSV, JSON and webhooks."""
        return ()

    def secrets(self, state: S, /) -> Iterable[str | type[Action]]:
        """What viewers must not be able to know as things stand: settings by their JSON pointers (`/questions/0/right`, or all of
        `/questions/1`), and actions of which nobody else may know what was said by them. Not used in a show: a rehearsal changes them,
        and nothing that is sent may change with them before they are no secrets any more."""
        return ()

    @classmethod
    def amend(cls, old: C, new: C, /) -> None:
        """Whether a segment that was played with the settings `old` may be judged again as if they had been `new`: its whole log is
        played once more. Allow only what viewers could not know when they acted, such as what is right. Raises `Reject` when not; by
        default nothing may be changed."""
        raise Reject(f"{cls.title} cannot be judged again", code="amend/impossible")

    @classmethod
    def migrate(cls, version: str, state: dict[str, Any], /) -> dict[str, Any]:
        """The state of an earlier version as one of this, when that version is not there any more, or a host upgrades a running segment.

        Both are plain data by the names of fields: what msgpack has (maps, lists, strings, numbers), ledgers as maps from viewer ids.
        Fields that are left out are as in a new state. Raises `Reject` for a version that it does not know; by default it knows none.
        """
        raise Reject(f"{cls.title} cannot go on from version {version}", code="format/version")

    @classmethod
    def migrate_settings(cls, version: str, settings: dict[str, Any], /) -> dict[str, Any]:
        """The settings of an earlier version, as they stand in the rundown, as those of this version. By default they are the same."""
        return settings

    @classmethod
    def migrate_action(cls, version: str, action: dict[str, Any], /) -> dict[str, Any]:
        """An action of an earlier version that the clock is to do, `{"type": "ring"}` with its fields, as one of this version. By default
        it is the same; one that this version does not have is dropped, and the host is told."""
        return action

    def rulings(self, state: S, number: int, /) -> Iterable[Ruling]:
        """What a host may rule about a round (from 1) that is just over, each with the changes of the settings that `amend` allows."""
        return ()


def _types(cls: type[Any]) -> tuple[type[State], type[Settings]]:
    for base in getattr(cls, "__orig_bases__", ()):
        origin = get_origin(base)
        if inspect.isclass(origin) and issubclass(origin, Format):
            args = [arg for arg in get_args(base) if inspect.isclass(arg)]
            state = next((arg for arg in args if issubclass(arg, State)), State)
            settings = next((arg for arg in args if issubclass(arg, Settings)), Settings)
            return state, settings
    raise FormatError(
        f"{cls.__name__} does not say its state", hint=f"class {cls.__name__}(Format[YourState])"
    )


def _routes(cls: type[Any]) -> dict[type[Action], Route]:
    routes: dict[type[Action], Route] = {}
    # In the order in which they are written, which is that of the host's buttons.
    for name in dict.fromkeys(name for base in reversed(cls.__mro__) for name in vars(base)):
        handler = getattr(cls, name, None)
        route: Route | None = getattr(handler, "__route__", None)
        if handler is None or route is None:
            continue
        if inspect.iscoroutinefunction(handler) or inspect.isgeneratorfunction(handler):
            raise FormatError(f"{cls.__name__}.{name} must be a plain function, neither async nor with yield")
        if len(inspect.signature(handler).parameters) != 4:
            raise FormatError(f"{cls.__name__}.{name} must take (self, state, action, cue)")
        given: Any = route.action
        if not (inspect.isclass(given) and issubclass(given, Action)):
            raise FormatError(f"{cls.__name__}.{name}: {route.action!r} is not an Action")
        taken = next((r for r in routes.values() if r.type == route.type), None)
        if taken is not None:
            raise FormatError(
                f"{cls.__name__}.{name}: {taken.handler.__name__} handles {route.type!r} already"
            )
        routes[route.action] = route
    if not routes:
        raise FormatError(f"{cls.__name__} handles no action", hint="mark its handlers by @on(SomeAction)")
    return routes


def earlier(kind: type[Format[Any, Any]]) -> dict[str, type[Format[Any, Any]]]:
    """A format's earlier versions, the latest first, with those that they name themselves."""
    found: dict[str, type[Format[Any, Any]]] = {}
    for one in kind.__dict__.get("earlier", ()):
        found.update(
            {one.version: one, **{name: old for name, old in earlier(one).items() if name not in found}}
        )
    return found


def _versions(cls: type[Format[Any, Any]]) -> None:
    if not cls.version or "@" in cls.version or not cls.version.isprintable():
        raise FormatError(f"{cls.__name__} has the version {cls.version!r}", hint="a few letters or digits")
    older: tuple[Any, ...] = cls.earlier
    if not all(inspect.isclass(one) and issubclass(one, Format) for one in older):
        raise FormatError(f"{cls.__name__}.earlier is not a tuple of formats")
    if cls.version in earlier(cls):
        raise FormatError(
            f"{cls.__name__} and an earlier one both have version {cls.version}", hint="give each its own"
        )


def _whole(cls: type[Format[Any, Any]]) -> None:
    """What would else fail when a segment begins, in the middle of somebody's show."""
    _versions(cls)
    if cls.public is Format.public:
        raise FormatError(f"{cls.__name__} has no public scene", hint="def public(self, state) -> Scene")
    needed = [field.name for field in msgspec.structs.fields(cls.state) if field.required]
    if cls.start is Format.start and set(needed) - cls.keeper.ledgers.keys():
        raise FormatError(
            f"{cls.state.__name__}.{needed[0]} has no default", hint="give it one, or write start()"
        )
    try:
        for name in cls.emits:
            check_event(name, {})
        msgspec.json.Decoder(cls.union)
        msgspec.json.schema_components([*cls.routes, cls.settings_type])
    except (TypeError, NameError, ValueError) as error:
        raise FormatError(
            f"{cls.__name__}: {error}", hint="use types that msgspec has a JSON Schema for"
        ) from error


def action_decoder(kind: type[Format[Any, Any]]) -> msgspec.json.Decoder[Action]:
    """Reads one action of a format from JSON. Raises `msgspec.ValidationError`."""
    return msgspec.json.Decoder(kind.union)


def actions(routes: dict[type[Action], Route], role: int) -> list[Route]:
    """The routes that a role may take."""
    return [route for route in routes.values() if route.roles & role]
