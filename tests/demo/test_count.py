"""The verifier finds every kind of broken promise, and none where all were kept."""

import pytest

from oncue.api.bots.count import Count, check_results, count
from oncue.api.bots.line import Deed
from oncue.api.bots.venue import LogLine, Sheet

ANN, BEN = 11, 12


def deed(number, choice=0, *, receipt=1.0, refused="", segment="s1", block="q1", type="vote"):
    return Deed(
        number,
        segment,
        {"type": type, "choice": choice},
        0,
        0.5,
        block,
        receipt=receipt,
        seq=int(receipt),
        refused=refused,
    )


def line(viewer, number, outcome="counted", segment="s1"):
    return LogLine(7, viewer, number, segment, "vote", outcome)


def known(**people):
    return {
        viewer: {deed.number: deed for deed in deeds}
        for viewer, deeds in zip((ANN, BEN), people.values(), strict=True)
    }


def test_a_show_in_which_all_was_counted_once_keeps_its_word():
    deeds = known(ann=[deed(1), deed(2)], ben=[deed(1)])
    found = count([line(ANN, 1), line(ANN, 2), line(BEN, 1), line(99, 1)], deeds)
    assert found == Count(receipts=3, counted=3)
    assert found.kept


def test_a_receipt_that_is_not_in_the_log_is_lost():
    found = count([line(ANN, 1)], known(ann=[deed(1), deed(2)], ben=[]))
    assert (found.receipts, found.counted, found.lost) == (2, 1, 1)
    assert not found.kept
    assert "number 2" in found.broken[0]


def test_an_action_that_counts_twice_is_doubled():
    found = count([line(ANN, 1), line(ANN, 1)], known(ann=[deed(1)], ben=[]))
    assert (found.counted, found.doubled) == (0, 1)
    assert not found.kept


def test_an_action_that_was_sent_again_and_taken_for_a_repeat_is_counted_once():
    found = count(
        [line(ANN, 1), line(ANN, 1, "repeat"), line(ANN, 1, "repeat")], known(ann=[deed(1)], ben=[])
    )
    assert found == Count(receipts=1, counted=1)


def test_a_repeat_alone_does_not_count():
    assert count([line(ANN, 1, "repeat")], known(ann=[deed(1)], ben=[])).lost == 1


def test_a_refusal_that_the_viewer_has_heard_is_a_kept_promise():
    found = count([line(ANN, 1, "trivia/late")], known(ann=[deed(1, refused="trivia/late")], ben=[]))
    assert found == Count(receipts=1, counted=1, refused=1)
    assert found.kept


def test_a_refusal_that_the_viewer_has_not_heard_is_a_broken_one():
    found = count([line(ANN, 1, "trivia/late")], known(ann=[deed(1)], ben=[]))
    assert found.unheard == 1
    assert not found.kept


def test_an_action_that_counts_although_the_viewer_was_told_otherwise_is_a_broken_one():
    found = count([line(ANN, 1)], known(ann=[deed(1, refused="trivia/late")], ben=[]))
    assert found.misled == 1
    assert not found.kept


@pytest.mark.parametrize("log", [[], [line(ANN, 1)]])
def test_what_has_no_receipt_was_not_promised(log):
    found = count(log, known(ann=[deed(1, receipt=0.0)], ben=[]))
    assert found == Count()


def test_votes_are_the_last_of_each_viewer():
    deeds = known(ann=[deed(1, 0), deed(2, 1)], ben=[deed(1, 1), deed(2, 0, refused="poll/late")])
    right = Sheet("result", ["option", "votes", "share"], [["Red", 0, 0.0], ["Green", 2, 1.0]])
    assert check_results("s1", [right], deeds, 0) == []
    wrong = Sheet("result", ["option", "votes", "share"], [["Red", 1, 0.3], ["Green", 2, 0.7]])
    assert check_results("s1", [wrong], deeds, 0) == ["s1, option 0: 1 in the results, 0 known"]


def test_answers_are_counted_by_question():
    deeds = known(ann=[deed(1), deed(2, block="q2")], ben=[deed(1), deed(2, refused="trivia/final")])
    columns = ["question", "text", "solution", "answered", "right"]
    right = Sheet("questions", columns, [[1, "?", "!", 2, 1], [2, "?", "!", 1, 1]])
    assert check_results("s1", [right], deeds, 0) == []
    lost = Sheet("questions", columns, [[1, "?", "!", 1, 1]])
    assert check_results("s1", [lost], deeds, 0) == ["s1, question 1: 1 in the results, 2 known"]


def test_results_may_differ_by_what_others_did():
    deeds = known(ann=[deed(1, 0)], ben=[])
    sheet = Sheet("result", ["option", "votes"], [["Red", 3], ["Green", 0]])
    assert check_results("s1", [sheet], deeds, 2) == []
    assert check_results("s1", [sheet], deeds, 1)


def test_ratings_and_several_picks_are_votes_too():
    rated = Deed(1, "s1", {"type": "rate", "value": 3}, 0, 0.5, receipt=1.0)
    picked = Deed(1, "s2", {"type": "pick", "choices": [0, 2]}, 0, 0.5, receipt=1.0)
    stars = Sheet("result", ["option", "votes"], [["1", 0], ["2", 0], ["3", 1]])
    picks = Sheet("result", ["option", "votes"], [["a", 1], ["b", 0], ["c", 1]])
    assert check_results("s1", [stars], {ANN: {1: rated}}, 0) == []
    assert check_results("s2", [picks], {ANN: {1: picked}}, 0) == []
