"""What is said between a lab and its process: one line of JSON each way at a time."""

from __future__ import annotations

import msgspec

from .lane import Flow
from .path import Path

Targets = tuple[tuple[str, int], ...]


class Order(msgspec.Struct, frozen=True, tag_field="do", tag=str.lower):
    """Something for the process to do."""


class Open(Order, frozen=True):
    """Before the first viewer: they get namespaces."""


class Add(Order, frozen=True):
    """A new viewer's network, in front of these addresses. Answered by `Ports`."""

    viewer: int
    path: Path
    tcp: Targets
    udp: Targets


class Change(Order, frozen=True):
    """The viewer's network is like this from now on."""

    viewer: int
    path: Path


class Cut(Order, frozen=True):
    """No network, or (`mend`) a network again."""

    viewer: int
    mend: bool = False


class Count(Order, frozen=True):
    """Answered by `Counted`."""

    viewer: int


class Remove(Order, frozen=True):
    """The viewer is gone."""

    viewer: int


AnyOrder = Open | Add | Change | Cut | Count | Remove


class Reply(msgspec.Struct, frozen=True, tag_field="is", tag=str.lower):
    """The order was carried out."""


class Ports(Reply, frozen=True):
    """Where the viewer finds what it asked for, in the same order, and the name of its namespace if it has one."""

    tcp: Targets
    udp: Targets
    namespace: str = ""


class Counted(Reply, frozen=True):
    """What went through the viewer's network so far, each way."""

    up: Flow
    down: Flow


class Done(Reply, frozen=True):
    """So it is."""


class Failed(Reply, frozen=True):
    """It could not be done."""

    message: str
    code: str
    hint: str = ""


AnyReply = Ports | Counted | Done | Failed
