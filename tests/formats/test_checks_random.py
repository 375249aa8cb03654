"""Whatever stands in a log, the checks come to an end and say something that can be read."""

from evenings import Pad, batch, moves, played
from hypothesis import Phase, given, settings

from oncue.engine.log import encode_batch
from oncue.formats.checks import KINDS, check_log


@settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate])
@given(moves(most=40))
def test_the_checks_of_any_log_come_to_an_end(happens):
    evening = played(happens)
    log = [(seq, encode_batch(batch([one]))) for seq, one in enumerate(evening.log, 1)]
    found = check_log(evening.show.id, lambda name: Pad, log)
    assert all(one.kind in KINDS and one.where and one.what for one in found)
