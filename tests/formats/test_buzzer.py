"""Who buzzes first on their own picture may answer; then the next in order."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.engine.playout import Playout
from oncue.formats import Rehearsal, Reject, blocks, seconds
from oncue.formats.buzzer import Arm, Buzz, Buzzer, Nobody, Right, Table, Wrong

LANES = Playout().lanes


def armed(**rules: Any) -> Rehearsal[Table]:
    return Rehearsal(Buzzer, settings=rules)


def refused(someone: Any, action: Any) -> str:
    with pytest.raises(Reject) as no:
        someone.does(action)
    return no.value.code


def words(scene: Any) -> list[str]:
    return [block.text for block in scene.blocks if isinstance(block, blocks.Heading | blocks.Text)]


def test_who_was_first_on_their_own_picture_is_up_though_others_arrived_sooner():
    r = armed()
    near, far = r.viewer("Near"), r.viewer("Far", delay=seconds(1.2))
    r.host.does(Arm())
    r.wait(seconds(2))
    near.does(Buzz())
    r.wait(seconds(1.1))
    far.does(Buzz())
    assert r.state.up == 0
    r.wait(LANES)
    assert words(far.sees) == ["Far is up", "You are up: say it!"]
    assert words(near.sees)[1:] == ["You have buzzed"]
    r.host.does(Right())
    [report] = r.rounds
    assert (report.winner.name, report.by_receipt.name, report.gained, report.lost) == ("Far", "Near", 1, 1)
    assert report.winner.age == seconds(1.9)
    r.check()


def test_nobody_is_up_before_all_who_may_have_been_faster_could_be_heard():
    r = armed()
    ada = r.viewer("Ada")
    r.host.does(Arm())
    r.wait(seconds(1))
    ada.does(Buzz())
    r.wait(LANES - 1)
    assert r.state.up == 0
    r.wait(1)
    assert r.state.up == ada.id


def test_a_wrong_answer_locks_a_player_out_and_the_next_in_order_is_up():
    r = armed(penalty=30)
    ada, bob, cy = r.viewer("Ada"), r.viewer("Bob"), r.viewer("Cy")
    r.host.does(Arm())
    for someone in (bob, cy, ada):
        r.wait(seconds(0.2))
        someone.does(Buzz())
    r.wait(LANES)
    order = []
    for answer in (Wrong(), Wrong(), Right()):
        order.append(r.state.up)
        r.host.does(answer)
        r.wait(1)
    assert order == [bob.id, cy.id, ada.id]
    assert r.state.scores == {bob.id: -30, cy.id: -30, ada.id: 100}
    assert "You are out of this one" in words(bob.sees)
    assert words(r.public)[0] == "Ada knew it"
    assert [row.cells["place"] for row in r.results()] == [1, 2, 2]
    r.check()


def test_while_somebody_answers_others_may_still_buzz_for_when_they_are_wrong():
    r = armed()
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    r.host.does(Arm())
    r.wait(seconds(1))
    ada.does(Buzz())
    r.wait(LANES)
    bob.does(Buzz())
    r.host.does(Wrong())
    r.wait(LANES - 1)
    assert r.state.up == 0
    r.wait(1)
    assert r.state.up == bob.id
    assert refused(ada, Buzz()) == "buzzer/again"


def test_it_ends_when_it_is_too_late_for_everybody_or_nobody_knows():
    r = armed(seconds=5)
    ada = r.viewer("Ada")
    assert refused(ada, Buzz()) == "judge/closed"
    r.host.does(Arm())
    r.wait(seconds(5.3))
    assert refused(ada, Buzz()) == "buzzer/late"
    r.wait(LANES)
    assert words(r.public)[0] == "Nobody knew it"
    r.host.does(Arm())
    r.host.does(Nobody())
    assert refused(ada, Buzz()) == "judge/closed"
    assert [report.answers for report in r.rounds] == [0, 0]
    r.check()


def test_who_is_wrong_after_the_time_was_the_last():
    r = armed(seconds=2)
    ada = r.viewer("Ada")
    r.host.does(Arm())
    r.wait(seconds(1))
    ada.does(Buzz())
    r.wait(seconds(10))
    r.host.does(Wrong())
    assert r.state.phase == "done"
    assert r.show.timers == {}


def test_questions_that_stand_in_the_rundown_are_shown_and_come_to_an_end():
    r = armed(questions=["Who painted it?", "Who wrote it?"])
    for question in ("Who painted it?", "Who wrote it?"):
        assert r.next == Arm()
        r.host.does(Arm())
        assert words(r.public)[0] == question
        assert r.next == Nobody()
        r.host.does(Nobody())
    assert r.next is None
    assert refused(r.host, Arm()) == "buzzer/over"


def test_a_question_can_be_taken_out_afterwards_and_be_put_back():
    r = armed()
    ada = r.viewer("Ada")
    for _ in range(2):
        r.host.does(Arm())
        r.wait(seconds(1))
        ada.does(Buzz())
        r.wait(LANES)
        r.host.does(Right())
    first = r.rounds[0].rulings[0]
    assert (first.title, first.changes) == ("Does not count", {"/void": [1]})
    r.amend(first.changes)
    assert r.state.scores == {ada.id: 100}
    assert [report.void for report in r.rounds] == [True, False]
    r.amend(r.rounds[1].rulings[0].changes)
    assert r.state.scores == {ada.id: 0}
    assert words(r.public)[0] == "This question does not count"
    r.amend(r.rounds[0].rulings[0].changes)
    assert r.state.scores == {ada.id: 100}
    assert refused_change(r, {"/seconds": 3}) == "buzzer/amend"
    r.check()


def refused_change(r: Rehearsal[Table], changes: dict[str, Any]) -> str:
    with pytest.raises(Reject) as no:
        r.amend(changes)
    return no.value.code


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, seconds(3)), st.integers(0, seconds(1.4))),
        min_size=1,
        max_size=6,
        unique_by=lambda one: one[0],
    )
)
def test_they_are_up_in_the_order_of_their_pictures_whatever_their_delays(people):
    r = armed()
    players = {r.viewer(f"P{i}", delay=delay): after for i, (after, delay) in enumerate(people)}
    r.host.does(Arm())
    opened, order = r.now, []
    for player, after in sorted(players.items(), key=lambda item: item[1] + (item[0].delay or 0)):
        r.wait(max(opened + after + (player.delay or 0) - r.now, 0))
        player.does(Buzz())
        while r.state.up:
            order.append(r.state.up)
            r.host.does(Wrong())
            r.wait(0)
    for _ in players:
        r.wait(LANES)
        if r.state.up:
            order.append(r.state.up)
            r.host.does(Wrong())
    assert order == [player.id for player, after in sorted(players.items(), key=lambda item: item[1])]


def test_what_is_over_is_not_on_anybodys_screen_any_more():
    r = armed()
    ada = r.viewer("Ada")
    r.host.does(Arm())
    r.wait(seconds(1))
    ada.does(Buzz())
    r.wait(LANES)
    assert ada.sees.says("You are up")
    r.host.does(Nobody())
    assert not ada.sees.says("You are up")
    r.host.does(Arm())
    assert not ada.sees.says("You have buzzed")
    r.check()
