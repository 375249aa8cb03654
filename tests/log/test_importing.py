"""What is no log of a show's own is refused before anything is written."""

import msgspec
import pytest
from log_files import golden

from oncue.api.log.archive import Archive, Header, Writer
from oncue.api.log.forking import forked_row
from oncue.api.log.importing import checked
from oncue.engine.errors import BadInput
from oncue.engine.forks import Copied, fork_log
from oncue.engine.house import Join, Owned
from oncue.engine.log import VERSION, Batch, Entry, Part, encode_batch, encode_entries
from oncue.engine.replay import play
from oncue.engine.structs import Role, ShowId
from oncue.formats.registry import format_named

LOG = golden("poll")
AUDIENCE, SYSTEM = int(Role.AUDIENCE), int(Role.SYSTEM)


def archive(path, *entries, epoch=0, segment="", **said):
    """The evening with one message more."""
    last = LOG[-1][0]
    more = encode_batch(Batch(VERSION, "z", 1, [Part(segment, encode_entries(list(entries)))], epoch))
    log = [*LOG, (last + 1, more)] if entries else LOG
    usual = {
        "show": "p7w2hx5qnd",
        "title": "",
        "code": "",
        "software": "",
        "exported": 1,
        "first": 1,
        "last": last,
    }
    writer = Writer()
    header = Header(**{**usual, "since": 1, "until": 2, **said})
    parts = [writer.begin(header), *(writer.add(seq, data, 1) for seq, data in log), writer.end()]
    path.write_bytes(b"".join(parts))
    return Archive(path)


@pytest.mark.parametrize(
    ("entry", "more"),
    [
        (Entry(0, 1, SYSTEM, 1 << 53, 0, 0, 0, Owned(1)), {}),
        (Entry(0, 1, SYSTEM, -1, 0, 0, 0, Owned(1)), {}),
        (Entry(0, 1, SYSTEM, 5, 0, 0, 0, Owned((1 << 64) - 1)), {}),
        (Entry(0, 1, SYSTEM, 5, 0, 0, 0, Owned(1)), {"epoch": (1 << 64) - 1}),
        (Entry(0, 1, SYSTEM, 5, 0, 0, 0, Copied("p7w2hx5qnd", 1, 1 << 60)), {}),
        (Entry((1 << 64) - 1, 1, AUDIENCE, 5, 0, 0, 0, Join("Zed")), {}),
        (Entry(7, (1 << 64) - 1, AUDIENCE, 5, 0, 0, 0, Join("Zed")), {}),
        (Entry(7, 1, AUDIENCE, 5, 0, 1 << 60, 0, Join("Zed")), {}),
        (None, {"since": 1 << 64}),
        (None, {"show": "x" * 1000}),
    ],
)
def test_numbers_that_no_show_writes_are_refused(tmp_path, entry, more):
    with pytest.raises(BadInput) as no:
        checked(archive(tmp_path / "a.oncue", *([entry] if entry else []), **more))
    assert no.value.code == "log/unreadable"


def test_a_formats_own_actions_may_name_their_fields_as_they_like(tmp_path):
    action = {"type": "vote", "epoch": "stone", "shift": "left"}
    entry = msgspec.convert([7, 1, AUDIENCE, 5, 0, 0, 0, action], Entry)
    assert checked(archive(tmp_path / "a.oncue", entry, segment="s1")).entries > len(LOG)


def test_a_fork_of_what_has_a_title_without_end_begins_all_the_same():
    of = play(ShowId("rehearsal2"), format_named, LOG)
    of.title = "x" * 1000
    row = forked_row(of, "", "", 1)
    new = fork_log(of, [data for _, data in LOG], at=of.now, title=row.title, code="WHATIF")
    show = play(ShowId("forkedshow"), format_named, list(enumerate(new, 1)))
    assert (show.title, show.fork.copied) == (row.title, [])
