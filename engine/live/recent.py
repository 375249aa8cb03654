"""The scenes of the last seconds: whose picture is behind begins with the scene of that moment."""

from __future__ import annotations

from collections import deque

import msgspec

from oncue.engine.structs import Micros, seconds
from oncue.engine.wire import SceneMsg, StageInfo

SPAN: Micros = seconds(6)
"""No picture that is believed is further behind."""
BETWEEN: Micros = seconds(0.5)
"""Of scenes that follow each other faster, and differ in figures only, some are left out."""
MOST = 64 * 1024
"""Bytes of them all."""


class _Mood(msgspec.Struct):
    mood: str = "quiet"


class Seen(msgspec.Struct):
    """The part of a `SceneMsg`, `PrivateMsg` or `DeskMsg` that those look at who pass it on."""

    epoch: int
    seq: int
    at: Micros = 0
    segment: str = ""
    format: str = ""
    scene: _Mood = msgspec.field(default_factory=_Mood)
    target: Micros = 0
    last: Micros = 0
    stage: msgspec.Raw = msgspec.Raw()
    version: str = "1"


class _Kept(msgspec.Struct, frozen=True):
    at: Micros
    like: tuple[str, str, Micros, msgspec.Raw | StageInfo]
    """What scenes have in common that differ in figures only."""
    data: bytes


class Recent:
    """Scenes as they were sent, with the newest always among them."""

    def __init__(self) -> None:
        self._kept: deque[_Kept] = deque()
        self._bytes = 0

    def add(self, scene: Seen | SceneMsg, data: bytes) -> None:
        """The newest scene, and how it was sent."""
        kept, new = (
            self._kept,
            _Kept(scene.at, (scene.segment, scene.scene.mood, scene.target, scene.stage), data),
        )
        if len(kept) > 1 and kept[-2].like == kept[-1].like == new.like and new.at - kept[-2].at < BETWEEN:
            self._bytes -= len(kept.pop().data)
        kept.append(new)
        self._bytes += len(data)
        while self._bytes > MOST and len(kept) > 1:
            self._drop()

    def since(self, now: Micros) -> list[bytes]:
        """Those of the last seconds and the one before them, oldest first."""
        while len(self._kept) > 1 and self._kept[1].at <= now - SPAN:
            self._drop()
        return [one.data for one in self._kept]

    def _drop(self) -> None:
        self._bytes -= len(self._kept.popleft().data)
