"""What viewers received is held against what the show says that they may see."""

import msgspec
import pytest

from oncue.api.rehearsal.received import look_into
from oncue.api.rehearsal.spool import Spool
from oncue.engine import surfaces
from oncue.formats import Rehearsal
from oncue.formats.poll import Poll

SETTINGS = {"question": "Tea or coffee?", "options": ["Tea", "Coffee"]}
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ2aWV3ZXIiOjF9.c2lnbmF0dXJlc2ln"


class Evening:
    """A poll with two viewers, and what they would have been sent at its end."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.r = Rehearsal(Poll, settings=SETTINGS, seed="the secret seed")
        self.ann, self.ben = self.r.viewer("Ann"), self.r.viewer("Ben")
        self.r.host.does(self.r.next)
        self.ann.press("Tea")

    @property
    def scene(self) -> dict:
        return msgspec.to_builtins(surfaces.public(self.r.show, 1)) | {}

    def private(self, who) -> dict:
        return msgspec.to_builtins(surfaces.private(self.r.show, 1, who.id))

    def came(self, who, document) -> None:
        self.spool.keep(who.id, msgspec.json.encode(document))

    def found(self) -> list[str]:
        show = self.r.show
        secrets = {"the API key": "very-secret-key"}
        return [str(one) for one in look_into(self.spool, show.id, show.formats, self.r.log, secrets)]


@pytest.fixture
def evening(tmp_path):
    spool = Spool(tmp_path / "received")
    yield Evening(spool)
    spool.close()


def test_what_the_log_gives_is_fine(evening):
    welcome = {"op": "welcome", "viewer": evening.ann.id, "role": "audience", "name": "Ann"}
    welcome |= {"scenes": [evening.scene], "private": evening.private(evening.ann)}
    evening.came(evening.ann, evening.scene)
    evening.came(evening.ann, evening.private(evening.ann))
    evening.came(evening.ben, evening.private(evening.ben))
    evening.came(evening.ann, welcome)
    evening.came(evening.ben, {"op": "named", "name": "Ben"})
    assert evening.found() == []


def test_a_scene_with_something_else_in_it_is_found(evening):
    evening.came(evening.ann, evening.scene | {"people": 99})
    (found,) = evening.found()
    assert "99 in people, where the log gives 2" in found


def test_what_is_for_somebody_else_is_found(evening):
    evening.came(evening.ben, evening.private(evening.ann))
    (found,) = evening.found()
    assert "/private" in found


def test_a_scene_of_a_place_that_the_log_has_not_is_found(evening):
    evening.came(evening.ann, evening.scene | {"seq": 10_000})
    assert "which the log has not" in evening.found()[0]


def test_another_ones_name_is_found(evening):
    evening.came(evening.ann, {"op": "named", "name": "Ben"})
    assert "never was theirs" in evening.found()[0]


@pytest.mark.parametrize("word", ["the secret seed", "very-secret-key", TOKEN])
def test_a_secret_anywhere_in_the_bytes_is_found(evening, word):
    evening.came(evening.ann, {"op": "error", "code": "a/b", "message": f"oh: {word}"})
    assert "was sent to a viewer" in evening.found()[0]


@pytest.mark.parametrize(
    "document", [{"op": "desk", "seq": 1}, {"op": "welcome", "desk": {"seq": 1}}, {"op": "dump"}]
)
def test_what_is_for_the_host_is_found(evening, document):
    evening.came(evening.ann, document)
    assert evening.found()
