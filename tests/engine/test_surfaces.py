"""What a show looks like, also when a format's author erred."""

from typing import Any

import pytest
from evenings import Evening

from oncue.engine import surfaces
from oncue.engine.house import Close, Finish, Hide, Join, Start
from oncue.engine.show import Show
from oncue.engine.structs import ViewerId
from oncue.formats import Action, Cue, Format, Rehearsal, Reject, Row, Scene, State, blocks, on, scene
from oncue.formats import ViewerId as Id


class Set(Action, frozen=True):
    """Choose what the views do."""

    how: str


class Unknown(Action, frozen=True): ...


class How(State):
    how: str = ""
    seen: int = 0


RESULTS: dict[str, Any] = {
    "raises": None,
    "text": "a scene",
    "junk": scene(blocks.Custom(element="x", props={"what": object()})),
    "rows": scene(blocks.Leaderboard(rows=("first", "second"))),
}


class Views(Format[How]):
    """Draws what it was told to draw."""

    @on(Set, by="host", when=lambda how: how.how != "over" or how.missing)
    def set(self, how: How, act: Set, cue: Cue) -> None:
        how.how = act.how

    def public(self, how: How) -> Scene:
        return self._drawn(how)

    def private(self, how: How, viewer: Id) -> Scene | None:
        return self._drawn(how) if how.how else None

    def desk(self, how: How) -> Scene:
        return self._drawn(how)

    def next(self, how: How) -> Any:
        return {"": Set("text"), "over": None}.get(how.how, Unknown())

    def results(self, how: How) -> Any:
        return [Row("a", {"b": object()})] if how.how else [Row("a", {"b": 1})]

    def _drawn(self, how: How) -> Any:
        if how.how == "raises":
            raise KeyError("here")
        return RESULTS.get(how.how, scene(blocks.Text("fine")))


def shown(how: str) -> Show:
    rehearsal = Rehearsal(Views)
    rehearsal.viewer("Ada")
    rehearsal.show.segments["s1"].state.how = how
    return rehearsal.show


@pytest.mark.parametrize("how", RESULTS)
def test_a_view_that_fails_is_replaced_and_the_host_sees_why(how):
    show = shown(how)
    problem = "This part of the show has a problem. It will be back."
    for drawn in (surfaces.public(show, 1), surfaces.private(show, 1, ViewerId(3)), surfaces.desk(show, 1)):
        assert [block.text for block in drawn.scene.blocks] == [problem]
    faults = {fault.action: fault for fault in surfaces.desk(show, 1).faults}
    assert faults.keys() == {"public", "private", "desk", "next"}
    assert faults["public"].format == "views"
    if how == "raises":
        assert faults["public"].where.startswith("test_surfaces.py:")
        assert faults["public"].message == "KeyError: 'here'"


def test_results_that_have_no_json_are_a_fault_and_not_an_end():
    show = shown("text")
    assert show.segments["s1"].rows(show.now) == []
    assert show.segments["s1"].views["results"].message.startswith("TypeError")
    assert shown("").segments["s1"].rows(0) == [Row("a", {"b": 1})]


def test_a_button_whose_condition_fails_stays_on():
    [spec] = surfaces.desk(shown("over"), 1).actions
    assert spec.ready
    assert spec.schema == {"type": "object", "properties": {"how": {"type": "string"}}, "required": ["how"]}


def test_the_big_button_goes_through_the_rundown():
    evening = Evening()
    primary = lambda: (surfaces.desk(evening.show, 1).primary or {}).get("segment", "finish")  # noqa: E731
    assert (primary(), surfaces.desk(evening.show, 1).primary_title) == ("s1", "Start: Pad")
    evening.act(1, Start("s1"), segment="")
    evening.act(1, Start("s2"), segment="")
    assert surfaces.desk(evening.show, 1).primary == {"type": "finish"}
    evening.act(1, Close(), segment="")
    assert surfaces.desk(evening.show, 1).primary is None


def test_between_segments_there_is_something_to_see():
    evening = Evening()
    first = surfaces.public(evening.show, 1)
    assert [block.text for block in first.scene.blocks] == ["Evening", "We begin in a moment."]
    evening.act(1, Start("s1"), segment="")
    assert surfaces.public(evening.show, 1).segment == "s1"
    evening.act(1, Finish(), segment="")
    assert surfaces.public(evening.show, 1).scene != first.scene
    evening.act(1, Close(), segment="")
    assert surfaces.public(evening.show, 1).scene.mood == "final"


def test_a_leaderboard_shows_names_as_they_are_now():
    rehearsal = Rehearsal(Board)
    ada = rehearsal.viewer("Ada")
    rehearsal.viewer("Bob")
    assert _names(rehearsal.public) == ["Ada", "given"]
    rehearsal.moderator.does(Hide(ada.id))
    assert _names(rehearsal.public) == ["•••", "given"]


def _names(drawn: Scene) -> list[str]:
    [board] = drawn.blocks
    assert isinstance(board, blocks.Leaderboard)
    return [row.name for row in board.rows]


class Board(Format[State]):
    """Two lines."""

    @on(Unknown)
    def never(self, state: State, act: Unknown, cue: Cue) -> None:
        raise Reject("never")

    def public(self, state: State) -> Scene:
        return scene(
            blocks.Leaderboard(
                rows=(blocks.Standing(1, "", 5, viewer=3), blocks.Standing(2, "given", 3, viewer=4))
            )
        )


def test_people_are_listed_with_the_latest_first():
    evening = Evening()
    for viewer in (2, 3):
        evening.act(viewer, Join(f"viewer {viewer}"), segment="")
    desk = surfaces.desk(evening.show, 1)
    assert [(person.viewer, person.name) for person in desk.newest] == [(3, "viewer 3"), (2, "viewer 2")]
    assert desk.people == 2
