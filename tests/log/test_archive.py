"""An archive gives back what was put in, and tells when it is not what was written."""

import msgspec
import pytest
from log_files import SHOW, golden, written

from oncue.api.log import archive
from oncue.api.log.archive import Archive, Witness
from oncue.api.log.signing import Signer
from oncue.engine.errors import BadInput

LOG = golden("trivia")
SECRET = b"s" * 32


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(archive, "BLOCK", 2000)


def refused(path):
    with pytest.raises(BadInput) as no:
        Archive(path)
    return no.value.code


def test_an_archive_gives_back_each_message_bit_by_bit(tmp_path, small_blocks):
    found = Archive(written(tmp_path / "a.oncue", LOG, state=Witness(LOG[-1][0], "abc")))
    assert list(found.messages()) == LOG
    assert list(found.messages(LOG[40][0])) == LOG[41:]
    assert list(found.messages(LOG[-1][0])) == []
    assert (found.show, found.finish.messages, found.finish.last) == (SHOW, len(LOG), LOG[-1][0])
    assert found.finish.state == Witness(LOG[-1][0], "abc")


def test_an_archive_that_was_cut_off_anywhere_is_found_out(tmp_path, small_blocks):
    whole = written(tmp_path / "a.oncue", LOG).read_bytes()
    part = tmp_path / "part.oncue"
    for size in [*range(8, len(whole), 97), len(whole) - 1]:
        part.write_bytes(whole[:size])
        assert refused(part) == "archive/cut"


def test_a_change_anywhere_is_found_out(tmp_path, small_blocks):
    whole = written(tmp_path / "a.oncue", LOG, signer=Signer(SECRET)).read_bytes()
    other = tmp_path / "other.oncue"
    for place in range(0, len(whole), 61):
        other.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        assert refused(other) in {
            "archive/none", "archive/version", "archive/damaged", "archive/cut", "archive/signature",
        }  # fmt: skip


def test_a_message_cannot_be_taken_out_nor_put_in(tmp_path, small_blocks):
    good = written(tmp_path / "a.oncue", LOG)
    frames, at, data = [], 8, good.read_bytes()
    while at < len(data):
        size = int.from_bytes(data[at + 1 : at + 5])
        frames.append(data[at : at + 5 + size])
        at += 5 + size
    for wrong in (
        [*frames[:2], *frames[3:]],
        [frames[0], frames[2], frames[1], *frames[3:]],
        [*frames, frames[1]],
    ):
        other = tmp_path / "other.oncue"
        other.write_bytes(data[:8] + b"".join(wrong))
        assert refused(other) == "archive/damaged"


def test_messages_out_of_order_are_refused(tmp_path):
    assert refused(written(tmp_path / "a.oncue", [LOG[1], LOG[0]])) == "archive/damaged"


def test_what_is_no_archive_is_told_as_such(tmp_path):
    other = tmp_path / "notes.txt"
    other.write_bytes(b"Dear diary\n")
    assert refused(other) == "archive/none"
    newer = tmp_path / "newer.oncue"
    data = written(tmp_path / "a.oncue", LOG).read_bytes()
    newer.write_bytes(data.replace(b'{"version":1,', b'{"version":7,', 1))
    assert refused(newer) == "archive/version"


def test_a_signature_says_by_which_key_and_another_key_is_another_signature(tmp_path):
    found = Archive(written(tmp_path / "a.oncue", LOG, signer=Signer(SECRET)))
    assert found.signature
    assert found.signature.key == Signer(SECRET).public != Signer(b"t" * 32).public
    forged = written(tmp_path / "b.oncue", LOG)
    stolen = msgspec.json.encode(found.signature)
    changed = written(tmp_path / "c.oncue", LOG[:-1])
    for path, code in ((forged, ""), (changed, "archive/signature")):
        path.write_bytes(path.read_bytes() + b"S" + len(stolen).to_bytes(4, "big") + stolen)
        assert (refused(path) if code else Archive(path).signature == found.signature) == (code or True)
