"""Who is in a show, and what of theirs was counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.engine.errors import Reject
from oncue.engine.log import NONCE
from oncue.engine.people import TABS, Crowd, Person, Prints
from oncue.engine.structs import ViewerId


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 9)), max_size=60))
def test_of_each_tab_only_what_is_new_is_counted(sent):
    person, highest = Person(ViewerId(1), "Ada"), {}
    for tab, count in sent:
        assert person.fresh(tab * NONCE + count) == (count > highest.get(tab, 0))
        highest[tab] = max(count, highest.get(tab, 0))


def test_more_tabs_than_anybody_has_are_not_remembered_for_ever():
    person = Person(ViewerId(1), "Ada")
    for tab in range(1, 100):
        assert person.fresh(tab * NONCE + 1)
    assert len(person.rest().tabs) == TABS
    assert not person.fresh(99 * NONCE + 1)
    assert not person.fresh(98 * NONCE + 1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 300)), max_size=400))
def test_fingerprints_are_a_set(steps):
    prints, plain = Prints(), set()
    for put, n in steps:
        number = n << 3 | 2
        assert (number in prints) == (number in plain)
        if put:
            assert prints.add(number) == (number not in plain)
            plain.add(number)
        elif not put:
            prints.discard(number)
            plain.discard(number)
    assert all(number in prints for number in plain)


def test_fingerprints_have_room_for_everybody():
    prints = Prints()
    for n in range(1, 5000):
        prints.add(n * 7919 << 2 | 2)
    assert all((n * 7919 << 2 | 2) in prints for n in range(1, 5000))
    assert (2 in prints) is False


def test_a_name_is_taken_whatever_its_capitals_and_free_again_after_a_renaming():
    crowd = Crowd()
    crowd.admit(ViewerId(1), "Chloé")
    with pytest.raises(Reject, match="somebody here is called CHLOÉ already") as told:
        crowd.admit(ViewerId(2), "CHLOÉ")
    assert told.value.code == "name/taken"
    crowd.admit(ViewerId(1), "chloé")
    crowd.admit(ViewerId(1), "Zoe")
    crowd.admit(ViewerId(2), "Chloé")
    assert (crowd.count, crowd.name(ViewerId(1)), crowd.name(ViewerId(2))) == (2, "Zoe", "Chloé")


@pytest.mark.parametrize("name", ["", "   ", "x" * 25, "a\u202eb", "a\x00b", "a\u200bb"])
def test_a_name_that_cannot_be_seen_is_refused(name):
    with pytest.raises(Reject) as told:
        Crowd().admit(ViewerId(1), name)
    assert told.value.code == "name/bad"


def test_a_crowd_that_was_kept_still_knows_its_names():
    crowd = Crowd()
    crowd.admit(ViewerId(1), "Ada")
    again = Crowd(crowd.by_id.values(), crowd.names)
    assert again.count == 1
    with pytest.raises(Reject):
        again.admit(ViewerId(2), "ada")


def test_the_name_of_somebody_hidden_or_banned_is_not_shown():
    crowd = Crowd()
    person = crowd.admit(ViewerId(1), "Ada")
    person.rest().state = "hidden"
    assert crowd.name(ViewerId(1)) == "•••"
    assert crowd.name(ViewerId(9)) == ""
