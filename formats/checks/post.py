"""What viewers are sent privately, and when: a show's owner draws somebody's private scene when there is a reason, and not again before.

The reasons are those of `oncue.engine.live.screens`: somebody joins, their part of a ledger is written, their own way to the stage goes
on, a segment goes live, goes on in another version, or is judged again.
"""

from __future__ import annotations

from collections.abc import Collection

from oncue.engine import stage_views, surfaces
from oncue.engine.blocks import AnyBlock, Mark, Scene
from oncue.engine.show import Show
from oncue.engine.structs import ViewerId
from oncue.engine.wire import MyStage, PrivateMsg


class Post:
    """To whom private messages go, from this show on; `who` are those whom it is about (None: everybody). `last` has what each was sent
    last."""

    def __init__(self, show: Show, who: Collection[int] | None = None) -> None:
        self.last: dict[int, PrivateMsg] = {}
        self._who = None if who is None else frozenset(who)
        self._counted = show.counted
        self._live = show.live
        self._moves = (-1, -1)
        self._ways: dict[int, MyStage] = {}
        self._send(show, self._everybody(show))

    def deliver(self, show: Show, *, anew: bool = False) -> list[PrivateMsg]:
        """Call this after each message, before `show.joined` is cleared. Returns what is sent; with `anew` everybody is sent theirs."""
        owed = {int(person.id) for person in show.joined} | self._moved(show)
        if show.counted != self._counted and show.segment:
            owed |= show.segment.changed()
        begins = show.live != self._live and show.segment is not None
        if anew or begins or show.turns.done:
            owed |= self._everybody(show)
            show.turns.done.clear()
        self._counted, self._live = show.counted, show.live
        return self._send(show, owed)

    def fetch(self, show: Show, viewer: int) -> None:
        """Somebody's link begins anew: they get what there is now."""
        self._send(show, {viewer})

    def shown(self, show: Show, viewer: int, public: Scene) -> tuple[AnyBlock, ...]:
        """What of their last private scene is on somebody's page, with this public scene."""
        last = self.last.get(viewer)
        return on_page(public, last.scene.blocks) if last and last.segment == show.live else ()

    def stage(self, viewer: int) -> MyStage:
        """Somebody's own way to the stage, as they know it."""
        last = self.last.get(viewer)
        return last.stage if last and last.stage else MyStage()

    def _send(self, show: Show, owed: set[int]) -> list[PrivateMsg]:
        who = sorted(owed if self._who is None else owed & self._who)
        sent = {viewer: surfaces.private(show, 0, ViewerId(viewer)) for viewer in who}
        self.last.update(sent)
        return list(sent.values())

    def _everybody(self, show: Show) -> set[int]:
        return {int(person.id) for person in show.crowd.by_id.values() if not person.staff}

    def _moved(self, show: Show) -> set[int]:
        """Those whose own way to the stage has changed."""
        moves = show.stage.turns, show.stage.shifts
        if moves == self._moves:
            return set()
        before, self._ways, self._moves = self._ways, stage_views.ways(show), moves
        changed = {v for v in before.keys() | self._ways.keys() if before.get(v) != self._ways.get(v)}
        return changed & self._everybody(show)


def on_page(public: Scene, own: tuple[AnyBlock, ...]) -> tuple[AnyBlock, ...]:
    """What of these private blocks is on the page: a mark only with the block that it is of."""
    if Mark not in map(type, own):
        return own
    there = {block.id for block in (*public.blocks, *own)}
    return tuple([block for block in own if not isinstance(block, Mark) or block.of in there])
