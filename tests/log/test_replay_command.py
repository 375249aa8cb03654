"""`oncue replay` and `oncue log` on a file, with no node anywhere."""

import httpx
import msgspec
import pytest
from log_files import SHOW, golden, source, written
from typer.testing import CliRunner

from oncue.api.cli import app
from oncue.api.log.archive import Archive, Witness
from oncue.api.log.look import clock, plain
from oncue.api.log.replaying import go_to, read_moment
from oncue.api.log.signing import Signer
from oncue.api.log.stepper import Stepper
from oncue.api.remote import refusal
from oncue.engine.errors import OncueError
from oncue.engine.house import Join
from oncue.engine.log import VERSION, Batch, Entry, Part, encode_batch, encode_entries
from oncue.engine.player import Player
from oncue.engine.replay import play, state_hash
from oncue.engine.structs import Role, ShowId
from oncue.formats.registry import format_named
from oncue.formats.rehearsal import BEGIN

LOG = golden("trivia")
END = play(ShowId(SHOW), format_named, LOG)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    state = Witness(LOG[-1][0], state_hash(END))
    return written(
        tmp_path_factory.mktemp("logs") / "evening.oncue", LOG, state=state, signer=Signer(b"s" * 32)
    )


def oncue(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_replay_says_that_it_comes_to_the_same_and_how_fast(file):
    done = oncue("replay", file, "--json")
    verdict = msgspec.json.decode(done.stdout)
    assert (done.exit_code, verdict["same"], verdict["findings"]) == (0, True, [])
    assert verdict["state_hash"] == state_hash(END)
    assert (verdict["entries"], verdict["checked"]) == (len(LOG), True)
    assert verdict["entries_per_s"] > 0


def test_a_replay_that_comes_to_something_else_fails(tmp_path):
    other = written(tmp_path / "other.oncue", LOG, state=Witness(LOG[-1][0], "0" * 64))
    done = oncue("replay", other, "--no-checks")
    assert done.exit_code == 1
    assert "NOT as the archive says" in done.stdout


def test_a_version_that_is_not_here_is_told(tmp_path):
    log = [(LOG[0][0], LOG[0][1].replace(b"\xa6trivia", b"\xa6trivid")), *LOG[1:]]
    done = oncue("replay", written(tmp_path / "other.oncue", log), "--no-checks")
    assert isinstance(done.exception, OncueError)
    assert done.exception.code == "replay/version"


def test_the_state_at_an_entry_and_what_it_has_changed(file):
    seq = next(seq for seq, data in LOG if b"answer" in data)
    state = msgspec.json.decode(oncue("replay", file, "--at", seq, "--json").stdout)
    assert len(state["segments"][0]["state"]["answers"]) == 1
    changed = msgspec.json.decode(oncue("replay", file, "--at", seq, "--diff", "--json").stdout)
    assert any(one["where"].startswith("/segments/0/state/answers/") for one in changed)
    text = oncue("replay", file, "--at", seq).stdout
    assert "Capital of France?" in text


@pytest.mark.parametrize(
    ("text", "after"), [("+0", 0), ("+1:30.5", 90.5), ("1:02:03", None), ("812", None), ("8:3", None)]
)
def test_moments_are_read(text, after):
    found = read_moment(text, BEGIN)
    if text.count(":") == 2:
        assert found is None  # ISO 8601 has two digits for the hour
    else:
        assert found == (None if after is None else BEGIN + after * 1e6)


def test_a_moment_is_after_the_last_entry_that_happened_by_then():
    player = Player(ShowId(SHOW), format_named, source(LOG))
    go_to(player, "+0:12", BEGIN)
    assert player.show.now <= BEGIN + 12_000_000
    step = player.step()
    assert step
    assert player.show.now > BEGIN + 12_000_000


def test_an_archive_is_verified_and_looked_at(file):
    told = msgspec.json.decode(oncue("log", "verify", file, "--json").stdout)
    assert (told["messages"], told["signed_by"]) == (len(LOG), Signer(b"s" * 32).public)
    wrong = oncue("log", "verify", file, "--key", "x")
    assert isinstance(wrong.exception, OncueError)
    assert wrong.exception.code == "archive/signature"
    lines = [
        msgspec.json.decode(line)
        for line in oncue("log", "show", file, "--json", "--type", "join").stdout.splitlines()
    ]
    assert [line["fields"]["name"] for line in lines] == [
        "Ada",
        "Bob",
        "Chloé",
        "Dmitri",
        "Esperanza",
        "Fatima",
        "Günther",
    ]
    assert "seed" not in oncue("log", "show", file).stdout
    refused = oncue("log", "show", file, "--json", "--outcome", "show/kicked").stdout.splitlines()
    assert {msgspec.json.decode(line)["viewer"] for line in refused} == {4}


class Walk:
    """Keys, and what they lead to."""

    def __init__(self):
        self.player = Player(ShowId(SHOW), format_named, source(LOG), every=20)
        self.stepper = Stepper(self.player, lambda text: go_to(self.player, text, BEGIN))

    def press(self, *keys):
        for key in keys:
            self.stepper.press(key)
        return list(self.stepper.lines())


def test_keys_go_through_a_log_and_back():
    walk = Walk()
    assert walk.press("b")[0] == "the beginning"
    first = walk.press("right")
    assert " open " in first[0]
    forward = [walk.press("n")[0] for _ in range(30)]
    backward = [walk.press("left")[0] for _ in range(30)]
    assert backward == [*reversed(forward[:-1]), first[0]]
    assert " ask " in walk.press("c", "c")[0]
    walk.press("end", "n")
    assert walk.stepper.foot() == "this is the end of the log"
    assert walk.press("home")[0] == "the beginning"


def test_keys_search_and_go_to_and_show_what_has_changed():
    walk = Walk()
    assert "  audience 8  join" in walk.press("/", *"fatima", "enter")[0]
    assert "[counted]" in walk.press("/", *"answer", "enter", "d")[0]
    assert any(line.startswith("/segments/0/state/answers/") for line in walk.press())
    assert walk.press("g", *"4", "enter")[0].startswith("4:1/1")
    assert any("Bob" in line for line in walk.press("p"))
    walk.press("g", *"soon", "enter")
    assert "soon" in walk.stepper.foot()
    walk.press("g", "1", "backspace", "escape", "s")
    assert walk.stepper.view == "state"
    walk.press("q")
    assert walk.stepper.over


def test_a_file_that_is_not_there_is_told(tmp_path):
    done = oncue("replay", tmp_path / "none.oncue")
    assert isinstance(done.exception, OncueError)
    assert done.exception.code == "archive/none"


def test_stepping_without_a_terminal_is_told(file):
    done = oncue("replay", file, "--step")
    assert isinstance(done.exception, OncueError)
    assert done.exception.code == "replay/no-terminal"
    assert Archive(file).show == SHOW


def test_what_viewers_write_does_not_steer_the_terminal_of_who_looks(tmp_path):
    join = Entry(7, 1 << 40, int(Role.AUDIENCE), 5, 0, 0, 0, Join("\x1b]0;x\x07\x9b2J\nforged"))
    more = encode_batch(Batch(VERSION, "z", 1, [Part("", encode_entries([join]))]))
    file = written(tmp_path / "a.oncue", [*LOG, (LOG[-1][0] + 1, more)])
    line = oncue("log", "show", file, "--type", "join", "--viewer", "7").stdout
    assert "\\x1b]0;x\\x07\\x9b2J\\nforged" in line
    seen = "".join(plain(one) for one in ("\x1b[2J", "Ünï ok", "a\u202eb"))
    assert seen == "\\x1b[2JÜnï oka\\u202eb"


def test_times_that_are_none_are_told_as_they_are(tmp_path):
    assert clock(1 << 62) == str(1 << 62)


def test_an_answer_that_comes_from_no_node_is_told_as_such():
    request = httpx.Request("GET", "http://test/api/shows?token=x")
    for said in (b"<html>", b"[]", b'{"code": 1}'):
        error = refusal(httpx.Response(502, content=said, request=request))
        assert (error.code, "token" in error.message) == ("show/no-node", False)
