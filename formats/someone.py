"""The people of a rehearsal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from oncue.engine.blocks import Surface
from oncue.engine.errors import OncueError
from oncue.engine.log import NONCE
from oncue.engine.stage_actions import AcceptStage, Checked
from oncue.engine.structs import Action, Micros, Role, ViewerId
from oncue.engine.wire import MyStage

from .screen import NotThere, Screen, Sent

if TYPE_CHECKING:
    from .rehearsal import Rehearsal


class Press(msgspec.Struct):
    """Something done: at which position of the own picture (0: none), how far behind that is, under which number."""

    action: Action
    position: Micros
    delay: Micros
    number: int


class Someone:
    """A person in a rehearsal. `delay` is how far their picture is behind, in µs, and may be set anew at any time; None: they have no
    picture."""

    def __init__(self, rehearsal: Rehearsal[Any], id: int, role: Role, delay: Micros | None) -> None:
        self._rehearsal = rehearsal
        self.id = ViewerId(id)
        self.role = role
        self.delay = delay
        self.number = NONCE * id
        self._held: list[Press] | None = None
        self._last: Press | None = None

    def does(self, action: Action) -> None:
        """Act now. Raises `Reject` when the format (or the show) refuses it, `BadInput` when its fields are out of bounds, and
        `FormatError` (`format/fault`) with the line when a handler fails. Who is cut off hears of it when they are back."""
        now, delay = self._rehearsal.now, self.delay or 0
        read = self._rehearsal.read(action)
        self.number += 1
        press = Press(read, 0 if self.delay is None else now - delay, delay, self.number)
        if self._held is None:
            self._last = press
            self._rehearsal.take(self, press)
        else:
            self._held.append(press)

    def tries(self, action: Action) -> str:
        """Act now, and say what came of it: the code of the refusal (`trivia/late`), or nothing when it counts. A handler that fails
        still raises."""
        try:
            self.does(action)
        except OncueError as no:
            if no.code == "format/fault":
                raise
            return no.code
        return ""

    def press(self, *labels: str, **fields: Any) -> None:
        """Press what has this label on the own screen: a button, an option (several where several may be chosen), a step of a rating, all
        options of a ranking in their order, or a form's button with what is typed into its fields. Sends exactly what the page sends.
        Raises `NotThere` when it is not there, or not any more, and what `does` raises."""
        self.does(self._rehearsal.read(self._pressed(labels, fields)))

    def _pressed(self, labels: tuple[str, ...], fields: dict[str, Any]) -> Sent:
        if self.role & (Role.HOST | Role.PRODUCER) and len(labels) == 1:
            spec = next((one for one in self._rehearsal.buttons if one.title == labels[0]), None)
            if spec and not spec.ready:
                raise NotThere(f"the host's button {labels[0]!r} is off now")
            if spec:
                return {"type": spec.type, **fields}
        surface: Surface = "desk" if self.role & _STAFF else "phone"
        return self.sees.on(surface).press(*labels, fields=fields)

    def cut_off(self) -> None:
        """Their phone sleeps, or the network is gone: what they press from now on waits until they are back."""
        self._held = [] if self._held is None else self._held

    @property
    def away(self) -> bool:
        """Whether they are cut off."""
        return self._held is not None

    def reconnects(self) -> None:
        """They are back: what they pressed meanwhile comes now, each with the picture that they saw when they pressed it. What they sent
        before they were cut off comes once more, as from a device that has no receipt for it. Raises what `does` raises, for the last
        thing that is refused."""
        held, self._held = self._held or [], None
        self._rehearsal.post.fetch(self._rehearsal.show, self.id)
        if self._last:
            self._rehearsal.take(self, self._last)
        refused: OncueError | None = None
        for press in held:
            self._last = press
            try:
                self._rehearsal.take(self, press)
            except OncueError as no:
                refused = no
        if refused:
            raise refused

    def accepts(self, *, passed: bool = True) -> None:
        """Accept the invitation to the stage; picture and sound come, and the device check goes well, or not. Raises `Reject`."""
        self.does(AcceptStage())
        self.returns()
        self.does(Checked(passed, True, True))

    def drops(self) -> None:
        """The connection is lost by which this person is on stage."""
        self._rehearsal.publishing(self, on=False)

    def returns(self) -> None:
        """It is back."""
        self._rehearsal.publishing(self, on=True)

    @property
    def name(self) -> str:
        """The name under which they take part."""
        return self._rehearsal.show.crowd.name(self.id)

    @property
    def stage(self) -> MyStage:
        """This person's own way to the stage. Its `state` is empty for who is not on it."""
        return self._rehearsal.post.stage(self.id)

    @property
    def sees(self) -> Screen:
        """What this person sees: the public scene, then what is on their page of the private one that they were sent last. For a host or
        moderator also what is on the desk."""
        return self._rehearsal.seen_by(self)


_STAFF = Role.HOST | Role.PRODUCER | Role.MODERATOR
