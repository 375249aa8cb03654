"""How the show's own source plays: where it is at a moment of show time, and what a host's pause, seek or rate makes of it."""

from __future__ import annotations

import msgspec

from .errors import Reject
from .structs import Micros
from .wire import ProgrammeInfo


def position(programme: ProgrammeInfo, now: Micros) -> Micros:
    """Where the source is at show time `now`, in µs of the source: never before its begin, nor behind its end if that is known.

    `media + floor((now - at) * rate)` while it plays. Exact for whole days: a double holds 2**53 µs.
    """
    gone = int(max(now - programme.at, 0) * programme.rate) if programme.playing else 0
    return within(programme, programme.media + gone)


def within(programme: ProgrammeInfo, media: Micros) -> Micros:
    """A position that the source has."""
    return min(max(media, 0), programme.length) if programme.length else max(media, 0)


def opened(programme: ProgrammeInfo, now: Micros, *, live: bool, length: Micros) -> ProgrammeInfo:
    """What the source has turned out to be. A file begins when it is first known to be one; when it is opened again later (a node was
    restarted), it goes on where it is."""
    if programme.live and not live:
        programme = msgspec.structs.replace(programme, at=now, media=0)
    return msgspec.structs.replace(programme, live=live, length=max(length, 0))


def moved(
    programme: ProgrammeInfo, now: Micros, *, playing: bool | None, media: Micros | None, rate: float | None
) -> ProgrammeInfo:
    """The source from now on: plays or stands, from `media`, at `rate`; None leaves each as it is. Raises `Reject` (`stage/live-source`)
    when it is live, and can do nothing but play."""
    if programme.live and (playing is False or media is not None or rate not in (None, 1.0)):
        raise Reject("a live source can only play", code="stage/live-source")
    if programme.live:
        return programme
    return msgspec.structs.replace(
        programme,
        at=now,
        media=position(programme, now) if media is None else within(programme, media),
        playing=programme.playing if playing is None else playing,
        rate=programme.rate if rate is None else rate,
    )
