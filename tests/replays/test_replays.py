"""Every evening in this folder plays as it played when it was aired."""

import msgspec
import pytest
from log_files import SHOW, cues, golden, source, written
from replays.record import EVENINGS, FORMATS, HERE, outcome, replayed

from oncue.api.log.archive import Archive, Witness
from oncue.api.log.importing import checked
from oncue.api.log.writing import Sequences
from oncue.engine.forks import fork_log
from oncue.engine.player import Player
from oncue.engine.replay import play, state_hash
from oncue.engine.rounds import ANSWER
from oncue.engine.structs import ShowId
from oncue.formats.registry import format_named

NAMES = sorted(file.stem for file in HERE.glob("*.log"))


def test_every_evening_that_was_written_down_is_here():
    assert set(NAMES) >= set(EVENINGS)


@pytest.mark.parametrize("snapshots", [False, True], ids=["in one go", "by a new owner after each message"])
@pytest.mark.parametrize("name", NAMES)
def test_an_evening_plays_as_it_played(name, snapshots):
    known = msgspec.json.decode((HERE / f"{name}.json").read_bytes())
    again = outcome(replayed(name, snapshots=snapshots))
    assert msgspec.json.decode(msgspec.json.encode(again)) == {
        name: value for name, value in known.items() if name != "state_hash"
    }


def elsewhere(log):
    """These messages at other sequences, as when they are written to another log."""
    sequences, out = Sequences(), []
    for new, (seq, data) in enumerate(log, 1001):
        out.append((new, sequences.moved(data)))
        sequences.add(seq, new)
    return out


@pytest.mark.parametrize("name", NAMES)
def test_an_evening_goes_through_an_archive_and_comes_to_the_same(name, tmp_path):
    known = msgspec.json.decode((HERE / f"{name}.json").read_bytes())["state_hash"]
    log = golden(name)
    archive = Archive(written(tmp_path / "a.oncue", log, state=Witness(log[-1][0], known)))
    assert list(archive.messages()) == log
    formats = FORMATS.get(name, format_named)
    assert state_hash(checked(archive, formats).show) == known
    again = Player(ShowId("importedxx"), formats, source(elsewhere(log)))
    again.seek(1 << 62)
    assert state_hash(again.show) == known


def test_an_evening_that_ends_amid_a_round_has_the_hash_that_it_had():
    show = play(ShowId(SHOW), format_named, golden("trivia")[:37])
    assert len(show.segments["s1"].round.answers) == 6 * ANSWER
    assert state_hash(show) == "28de879863daf31e57ff7b2c4ec34c168ebf89bcbd97ee517739e31c7d7841c3"


@pytest.mark.parametrize("name", NAMES)
def test_an_evening_forked_at_each_cue_goes_on_from_what_it_was_there(name):
    log = golden(name)
    formats = FORMATS.get(name, format_named)
    player = Player(ShowId(SHOW), formats, source(log))
    for seq in cues(log):
        player.seek(seq)
        of = player.show
        assert (of.seq, of.id) == (seq, SHOW)
        taken = [message for message in log if message[0] <= seq]
        new = fork_log(of, [data for _, data in taken], at=of.now, title=of.title, code=of.code)
        show = play(ShowId("forkedshow"), formats, elsewhere(zip([0, *dict(taken), seq], new, strict=True)))
        assert show.phase == "open"
        assert [segment.rows(show.now) for segment in show.segments.values()] == [
            segment.rows(of.now) for segment in of.segments.values()
        ]
        assert {person.id: person.name for person in show.crowd.by_id.values()} == {
            person.id: person.name for person in of.crowd.by_id.values()
        }
