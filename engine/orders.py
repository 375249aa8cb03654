"""What the relay is told of the stage: who may publish there, and what becomes of it."""

from __future__ import annotations

import msgspec

from .wire import ProgrammeInfo


class Seated(msgspec.Struct, frozen=True, array_like=True):
    """Somebody who may publish `show/<id>/own/<viewer>`. `state`: `check`, `green` or `live`. `room` is the secret path of their green
    room (empty in `check`): the guest is to be had there as `<room>/guest`, each of the `talkers` as `<room>/desk/<viewer>`. While live
    they are on air as `show/<id>/stage/<seat>`, from show time `since` on and nothing of before. Without `camera` or `microphone` that
    goes to nobody but the green room."""

    viewer: int
    state: str
    room: str = ""
    seat: str = ""
    since: int = 0
    talkers: tuple[int, ...] = ()
    camera: bool = True
    microphone: bool = True


class Left(msgspec.Struct, frozen=True, array_like=True):
    """A seat that was live: what was captured before show time `until` may still be shown; with `cut` nothing may."""

    seat: str
    until: int
    cut: bool = False


class Orders(msgspec.Struct, frozen=True, array_like=True):
    """`show.<id>.stage`: who may publish, and what becomes of it. Complete each time; what has a lower (epoch, seq) than the last is
    dropped. `gone` are the latest seats that were given up. `programme` is the show's own source (None: it has none)."""

    epoch: int
    seq: int
    seated: tuple[Seated, ...] = ()
    gone: tuple[Left, ...] = ()
    programme: ProgrammeInfo | None = None
    recording: bool = False
