"""What each viewer has."""

from hypothesis import given
from hypothesis import strategies as st

from oncue.engine.ledger import Ledger

values = st.dictionaries(st.integers(1, 9), st.integers(0, 3), max_size=6)


@given(values, values, values)
def test_many_written_at_once_are_the_same_as_one_by_one(before, between, many):
    at_once, one_by_one = Ledger(before), Ledger(before)
    for viewer, value in between.items():
        at_once[viewer] = one_by_one[viewer] = value
    at_once.update(many)
    for viewer, value in many.items():
        one_by_one[viewer] = value
    assert list(at_once.items()) == list(one_by_one.items())
    assert at_once.changed() == one_by_one.changed() == between.keys() | many.keys()
    at_once.rollback()
    assert list(at_once.items()) == list(before.items())


def test_what_is_written_at_once_may_be_pairs_or_another_ledger():
    ledger: Ledger[int] = Ledger()
    ledger.update([(1, 1), (2, 2), (1, 3)])
    ledger.update(Ledger({3: 3}))
    ledger |= {4: 4}
    assert dict(ledger) == {1: 3, 2: 2, 3: 3, 4: 4}
