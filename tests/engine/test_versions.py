"""A show keeps the versions that it began with; where one is gone its state is migrated, or that part alone is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from counting import (
    Arm,
    Ask,
    Chime,
    Count,
    Count2,
    Count3,
    Double,
    Judge,
    Kind,
    Limits,
    Ring,
    Tally,
    Tap,
    Unwilling,
    having,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.engine import surfaces
from oncue.engine.amend import Amend, Amendment
from oncue.engine.errors import Conflict, FormatError
from oncue.engine.forks import fork_log
from oncue.engine.house import Add, Finish, Join, Open, Start
from oncue.engine.log import NONCE, VERSION, Batch, Entry, Part, decode_batch, encode_batch, encode_entries
from oncue.engine.replay import play
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.snapshot import load, save
from oncue.engine.structs import Action, Role, ShowId, ViewerId, seconds
from oncue.engine.versions import Upgrade, Upgraded, missing, rescue, settle_for, turned, worse
from oncue.formats import Cue, Format, Scene, State, on

BEGIN = 1_750_000_000_000_000
ID = ShowId("versions23")
HOST, ADA, BOB = 1, 2, 3
OLD, BOTH, NEW, NONE = having(Count), having(Count2, Count), having(Count3), having(Count3)


class Evening:
    """A show and its log; `go_on` hands it to a node that has other formats."""

    def __init__(self, formats: Callable[[str], Kind] = OLD, version: str = "1") -> None:
        self.show = Show(ID, formats)
        self.log: list[tuple[int, bytes]] = []
        self.now = BEGIN
        self.numbers = dict.fromkeys((HOST, ADA, BOB), NONCE)
        rundown = tuple(SegmentSpec(name, "count", name, {"most": 5}, version) for name in ("s1", "s2"))
        self.put(Entry(0, 0, int(Role.SYSTEM), self.now, 0, 0, 0, Open("Evening", "VERSNS", "seed", rundown)))
        for viewer in (ADA, BOB):
            self.act(viewer, Join(f"viewer {viewer}"), "")
        self.act(HOST, Start("s1"), "")

    def put(self, entry: Entry[Any], segment: str = "") -> None:
        seq = len(self.log) + 1
        self.log.append(
            (seq, encode_batch(Batch(VERSION, "node", seq, [Part(segment, encode_entries([entry]))])))
        )
        self.show.fold(decode_batch(self.log[-1][1]), seq)

    def act(self, viewer: int, action: Action, segment: str = "s1") -> None:
        self.numbers[viewer] += 1
        self.now += 10_000
        role = int(Role.HOST if viewer == HOST else Role.AUDIENCE)
        self.put(Entry(viewer, self.numbers[viewer], role, self.now, 0, 0, 0, action), segment)

    def upgraded(self, version: str, *, kept: bool = True) -> None:
        self.say(Upgraded("s1", version, kept=kept))

    def say(self, act: Upgraded) -> None:
        """What an owner decides."""
        self.put(Entry(0, len(self.log) + 1, int(Role.SYSTEM), self.now, 0, 0, 0, act))

    def wait(self, span: float) -> None:
        self.now += seconds(span)
        while (due := self.show.due) is not None and due[0] <= self.now:
            timer = self.show.timers[due[1]]
            self.put(Entry(0, due[1], int(Role.CLOCK), due[0], 0, 0, 0, timer.action), timer.segment)

    def go_on(self, formats: Callable[[str], Kind], *, lost: int = 0) -> list[Upgraded]:
        """Another owner takes over, from a snapshot that lacks the last messages."""
        kept = Show(ID, self.show.formats)
        for seq, data in self.log[: len(self.log) - lost]:
            kept.fold(decode_batch(data), seq)
        self.show = load(save(kept), formats)
        said = rescue(self.show)
        for seq, data in self.log:
            self.show.fold(decode_batch(data), seq)
        for act in said:
            self.say(act)
        return said

    @property
    def state(self) -> Any:
        return self.show.segments["s1"].state

    def refused(self) -> list[str]:
        codes = [refusal.code for refusal in self.show.refused]
        self.show.refused.clear()
        return codes


def test_a_show_keeps_the_version_that_it_began_with_when_a_newer_one_is_installed():
    evening = Evening()
    evening.act(ADA, Tap())
    assert evening.go_on(BOTH) == []
    assert evening.show.segments["s1"].kind is Count
    evening.act(ADA, Double())
    assert evening.refused() == ["input/bad-action"]
    evening.act(HOST, Add("count", version="2"), "")
    assert evening.show.segments["s3"].kind is Count2


def test_what_is_upgraded_keeps_its_ledgers_round_timers_people_and_faults():
    evening = Evening(BOTH)
    evening.act(ADA, Tap())
    evening.act(HOST, Arm())
    evening.act(HOST, Ask())
    evening.act(BOB, Tap())
    evening.upgraded("2")
    segment = evening.show.segments["s1"]
    assert (segment.kind, segment.spec.version, segment.spec.settings) == (Count2, "2", {"most": 5})
    assert evening.show.turns.done == ["s1"]
    evening.act(ADA, Double())
    evening.wait(6)
    evening.act(HOST, Judge())
    assert (dict(evening.state.taps), evening.state.rings) == ({ADA: 3, BOB: 1}, 1)
    assert len(evening.state.words) == 2
    assert [report.number for report in segment.reports] == [1]
    assert (evening.refused(), segment.faults, evening.show.segments["s2"].spec.version) == ([], [], "1")


def test_a_state_whose_version_is_gone_is_migrated_with_its_settings_and_timers():
    evening = Evening()
    evening.act(ADA, Tap())
    evening.act(HOST, Arm())
    said = evening.go_on(NEW)
    assert said[0] == Upgraded("s1", "3", since=6, kept=False)
    assert {act.segment for act in said} == {"s1", "s2"}
    segment = evening.show.segments["s1"]
    assert (segment.kind, segment.format.settings.limit) == (Count3, 5)
    evening.wait(6)
    assert (dict(evening.state.counts), evening.state.rings) == ({ADA: 1.0}, 1)


def test_what_came_after_the_last_snapshot_is_played_by_the_version_that_took_over():
    evening = Evening()
    evening.act(ADA, Tap())
    evening.act(BOB, Tap())
    evening.act(BOB, Tap())
    evening.go_on(NEW, lost=2)
    evening.act(ADA, Double())
    assert dict(evening.state.counts) == {ADA: 3.0, BOB: 2.0}
    # Where both are there, the log says from which entry on it was the new one.
    again = play(ID, having(Count3, Count2, Count), evening.log)
    assert save(again) == save(evening.show)
    for cut in range(1, len(evening.log)):
        assert save(from_snapshot(evening, having(Count3, Count2, Count), cut)) == save(evening.show)


def from_snapshot(evening: Evening, formats: Callable[[str], Kind], cut: int) -> Show:
    """The show played up to there, kept, and played on from what was kept."""
    turns = [Upgraded("s1", "3", 5, kept=False), Upgraded("s2", "3", 5, kept=False)]
    show = Show(ID, formats)
    show.turns.known = turns.copy()
    for seq, data in evening.log[:cut]:
        show.fold(decode_batch(data), seq)
    left = show.turns.known
    show = load(save(show), formats)
    show.turns.known = left
    for seq, data in evening.log[cut:]:
        show.fold(decode_batch(data), seq)
    return show


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(["ada", "bob", "arm", "ask", "judge", "wait"]), min_size=2, max_size=25),
    st.data(),
)
def test_wherever_a_show_is_cut_and_upgraded_a_snapshot_and_the_whole_log_agree(happens, data):
    formats = having(Count3, Count2, Count)
    evening = Evening(formats)
    at = data.draw(st.integers(0, len(happens)))
    then = data.draw(st.integers(at, len(happens)))
    for i, what in enumerate([*happens, ""]):
        for where, version in ((at, "2"), (then, "3")):
            if i == where:
                evening.upgraded(version)
        if what in ("ada", "bob"):
            evening.act(ADA if what == "ada" else BOB, Tap())
        elif what == "wait":
            evening.wait(1.5)
        elif what:
            evening.act(HOST, {"arm": Arm(), "ask": Ask(), "judge": Judge()}[what])
    cut = data.draw(st.integers(1, len(evening.log)))
    show = play(ID, formats, evening.log[:cut])
    assert evening.show.segments["s1"].spec.version == "3"
    show = play(ID, formats, evening.log[cut:], load(save(show), formats))
    assert save(show) == save(evening.show) == save(play(ID, formats, evening.log))


def test_a_log_with_a_version_that_is_not_here_is_not_played_and_says_which_there_are():
    evening = Evening()
    evening.act(ADA, Tap())
    with pytest.raises(Conflict, match=r"s1: count is not here, but 3") as told:
        play(ID, NEW, evening.log)
    assert (told.value.code, told.value.hint) == ("replay/version", "install it")
    evening.go_on(NEW)
    with pytest.raises(Conflict, match="count is not here, but 1"):
        play(ID, OLD, evening.log)


def test_without_a_migration_that_part_alone_is_refused_and_the_desk_says_why():
    evening = Evening()
    evening.act(ADA, Tap())
    evening.go_on(having(Unwilling))
    assert [segment.spec.id for segment in missing(evening.show)] == ["s1", "s2"]
    evening.act(BOB, Tap())
    assert evening.refused() == ["format/version"]
    assert "has a problem" in surfaces.public(evening.show, 1).scene.blocks[0].text
    assert surfaces.private(evening.show, 1, ViewerId(ADA)).scene.blocks == ()
    desk = surfaces.desk(evening.show, 1)
    assert [fault.segment for fault in desk.faults] == ["s1", "s2"]
    assert "but 4" in desk.faults[0].message
    assert desk.actions == ()
    evening.act(HOST, Add("count", "Fresh", version="4"), "")
    evening.act(HOST, Start("s3"), "")
    evening.act(BOB, Tap(), "s3")
    assert (evening.refused(), dict(evening.show.segments["s3"].state.counts)) == ([], {BOB: 1.0})


def test_once_the_version_is_back_that_part_goes_on_as_if_it_had_never_been_gone():
    evening = Evening()
    evening.act(ADA, Tap())
    evening.act(HOST, Arm())
    evening.go_on(having(Unwilling))
    between = save(evening.show)
    evening.show = load(between, having(Unwilling))
    assert save(evening.show) == between
    assert evening.show.due is None
    evening.show = load(between, OLD)
    evening.wait(6)
    evening.act(ADA, Tap())
    assert (dict(evening.state.taps), evening.state.rings) == ({ADA: 2}, 1)
    assert save(play(ID, OLD, evening.log)) == save(evening.show)


def test_what_came_while_the_version_was_gone_counts_when_it_is_back():
    evening = Evening()
    evening.act(ADA, Tap())
    evening.go_on(having(Unwilling))
    evening.act(BOB, Tap())
    with pytest.raises(Conflict) as told:
        load(save(evening.show), OLD)
    assert told.value.code == "snapshot/unreadable"
    assert dict(play(ID, OLD, evening.log).segments["s1"].state.taps) == {ADA: 1, BOB: 1}


def test_timers_of_the_other_parts_ring_although_one_part_could_not_be_played():
    evening = Evening()
    evening.act(HOST, Arm())
    evening.wait(6)
    evening.act(HOST, Add("other", version="1"), "")
    evening.act(HOST, Start("s2"), "")
    evening.act(HOST, Arm(), "s2")
    evening.wait(6)
    gone = SegmentSpec("s1", "gone", "s1", {}, "1")

    def some(name: str) -> Kind:
        if name.startswith("gone"):
            raise FormatError("gone", code="format/version")
        return Count

    show = Show(ID, some)
    for seq, data in evening.log:
        batch = decode_batch(data)
        if seq == 1:
            rundown = (gone, SegmentSpec("s2", "count", "s2", {"most": 5}))
            opening = Entry(
                0, 0, int(Role.SYSTEM), BEGIN, 0, 0, 0, Open("Evening", "VERSNS", "seed", rundown)
            )
            batch = Batch(VERSION, "node", 1, [Part("", encode_entries([opening]))])
        show.fold(batch, seq)
    assert [bool(segment.gap) for segment in show.segments.values()] == [True, False, False]
    assert show.segments["s2"].state.rings == 1


def test_one_state_that_does_not_fit_does_not_throw_away_the_others():
    class Tally2(State):
        taps: int = 0

    class Changed(Format[Tally2, Limits]):
        """Somebody has changed the state and left the version."""

        @on(Tap)
        def tap(self, tally: Tally2, act: Tap, cue: Cue) -> None:
            tally.taps += 1

        def public(self, tally: Tally2) -> Scene:
            return Scene()

    evening = Evening()
    evening.act(ADA, Tap())
    kept = save(evening.show)
    show = load(kept, having(Changed))
    [first, _] = missing(show)
    assert first.gap
    assert "does not fit version 1 as it is here" in first.gap.why
    assert rescue(show) == []
    assert show.crowd.count == 2
    assert save(show) == kept


def test_a_migration_that_fails_changes_nothing_and_says_why():
    class Careless(Count3):
        """Forgets what it has."""

        version = "5"

        @classmethod
        def migrate(cls, version: str, state: dict[str, Any], /) -> dict[str, Any]:
            return state

    class Broken(Careless):
        """Divides by nought."""

        version = "6"

        @classmethod
        def migrate(cls, version: str, state: dict[str, Any], /) -> dict[str, Any]:
            return {"rings": 1 // 0}

    evening = Evening(having(Count, Careless, Broken))
    evening.act(ADA, Tap())
    segment = evening.show.segments["s1"]
    with pytest.raises(FormatError, match="Board has no field 'words' any more"):
        turned(evening.show, segment, "5")
    with pytest.raises(FormatError, match="ZeroDivisionError"):
        turned(evening.show, segment, "6")
    evening.upgraded("5")
    assert evening.show.segments["s1"] is segment
    assert evening.refused() == ["format/version"]


def test_a_format_that_is_being_written_carries_over_what_fits_and_tells_what_does_not():
    class Sheet(State):
        taps: dict[str, int] = {}
        rings: int = 7
        fresh: str = "new"

    class Draft(Format[Sheet, Limits]):
        """The next draft: taps are kept otherwise, and there are no words."""

        version = "1+abc"

        @on(Tap)
        def tap(self, sheet: Sheet, act: Tap, cue: Cue) -> None:
            sheet.rings += 1

        def public(self, sheet: Sheet) -> Scene:
            return Scene()

    evening = Evening(having(Count, Draft))
    evening.act(ADA, Tap())
    evening.act(HOST, Arm())
    evening.state.rings = 3
    evening.upgraded("1+abc", kept=False)
    assert (evening.state.rings, evening.state.fresh, evening.state.taps) == (3, "new", {})
    told = [fault.message for fault in surfaces.desk(evening.show, 1).faults]
    assert len(told) == 3
    assert any("'words'" in line for line in told)
    assert any("Sheet.taps begins anew" in line for line in told)
    assert any("a timer is dropped" in line for line in told)


def test_a_host_may_wish_for_another_version_of_what_is_not_over():
    evening = Evening(BOTH)
    evening.act(ADA, Upgrade("s1", "2"), "")
    evening.act(HOST, Upgrade("s1", "1"), "")
    evening.act(HOST, Upgrade("s7", "2"), "")
    assert evening.refused() == ["auth/forbidden", "format/version", "segment/unknown"]
    evening.act(HOST, Upgrade("s1", "2"), "")
    assert evening.show.turns.wanted == [("s1", "2")]
    evening.act(HOST, Finish(), "")
    evening.act(HOST, Upgrade("s1", "2"), "")
    assert evening.refused() == ["segment/done"]


def test_a_show_whose_past_cannot_be_played_is_not_judged_again():
    evening = Evening()
    evening.act(ADA, Tap())
    evening.go_on(NEW)
    evening.act(HOST, Amend("s1", {"/limit": 1}, "so"), "")
    assert evening.refused() == ["amend/impossible"]


def test_a_fork_of_what_was_rescued_goes_over_where_its_log_says_so():
    evening = Evening()
    evening.act(ADA, Tap())
    evening.act(BOB, Tap())
    evening.go_on(NEW, lost=1)
    evening.act(ADA, Double())
    all_here = having(Count3, Count2, Count)
    whole = play(ID, all_here, evening.log)
    messages = fork_log(
        whole, [data for _, data in evening.log], at=evening.now, title="Again", code="AGAINN"
    )
    fork = play(ShowId("fork234567"), all_here, enumerate(messages, 1))
    assert (fork.segments["s1"].spec.version, fork.recount) == ("3", False)
    assert dict(fork.segments["s1"].state.counts) == {ADA: 3.0, BOB: 1.0}


def test_what_cannot_be_played_again_stays_as_it_was_judged_and_the_desk_says_so():
    evening = Evening(BOTH)
    evening.act(ADA, Tap())
    evening.upgraded("2")
    evening.show.amendments.append(Amendment(HOST, 1, BEGIN, "s1", {}, "so"))
    again = Show(ID, having(Count2), evening.show.amendments)
    for seq, data in evening.log:
        again.fold(decode_batch(data), seq)
    assert worse(again, evening.show)
    assert not worse(evening.show, again)
    assert evening.show.recount
    settle_for(evening.show, again)
    assert not evening.show.recount
    told = {fault.segment: fault.message for fault in surfaces.desk(evening.show, 1).faults}
    assert told == dict.fromkeys(("s1", "s2"), "cannot be judged again: count is not here, but 2")


def test_a_format_names_each_version_once():
    with pytest.raises(FormatError, match="both have version 1"):

        class Again(Count):
            earlier = (Count,)

    with pytest.raises(FormatError, match="has the version 'a@b'"):

        class At(Count):
            version = "a@b"

    assert Tally is Count.state
    assert {Ring, Chime}.isdisjoint(Count2.routes.keys() & Count3.routes.keys())
