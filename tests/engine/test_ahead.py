"""What a log says of how it is to be played is found before it is played, whatever else stands in it."""

from typing import Any

import msgspec
import pytest

from oncue.engine.ahead import Ahead, absent
from oncue.engine.errors import Unknown
from oncue.engine.log import VERSION, Batch, Part, encode_batch
from oncue.engine.show import Show
from oncue.engine.structs import Role, ShowId

STRUCK = {"type": "struck", "viewer": 1, "number": 5, "segment": "s1", "why": "slow"}
KEY = ("s1", 1, 5)
COPIED = {"type": "copied", "of": "another234", "seq": 9, "shift": 0}
FORKED = {"type": "forked", "title": "What if", "code": "WHATIF"}


def message(*actions: Any, epoch: int = 0, role: Role = Role.SYSTEM, segment: str = "") -> bytes:
    entries = [[0, number, int(role), 5, 0, 0, 0, action] for number, action in enumerate(actions)]
    part = Part(segment, msgspec.Raw(msgspec.msgpack.encode(entries)))
    return encode_batch(Batch(VERSION, "node", 1, [part], epoch))


def log(*messages: bytes) -> list[tuple[int, bytes]]:
    return list(enumerate(messages, 1))


def owned(epoch: int) -> dict[str, Any]:
    return {"type": "owned", "epoch": epoch}


def upgraded(since: int) -> dict[str, Any]:
    return {"type": "upgraded", "segment": "s1", "version": "2", "since": since}


def no_formats(name: str) -> Any:
    raise Unknown(name, code="format/unknown")


def test_strikes_and_upgrades_are_known_before_they_are_played():
    ahead = Ahead.of(
        log(message(owned(3)), message(STRUCK, epoch=3), message(upgraded(1), upgraded(0), epoch=3))
    )
    assert (list(ahead.strikes), [turn.since for turn in ahead.turns]) == ([KEY], [1])


@pytest.mark.parametrize(
    "said",
    [
        message(STRUCK, upgraded(3), role=Role.AUDIENCE),
        message(STRUCK, upgraded(3), role=Role.HOST),
        message(STRUCK, upgraded(3), segment="s1"),
        message(
            "struck", ["owned"], None, 5, {"upgraded": "copied"}, {"type": ["struck"]}, {"type": "struck"}
        ),
        message({"type": "upgraded", "since": "soon"}, {"type": "owned", "epoch": "late"}),
        b"struck",
        b"",
    ],
)
def test_what_is_not_the_systems_own_or_cannot_be_read_says_nothing_and_spoils_nothing(said: bytes):
    ahead = Ahead.of(log(said, message(STRUCK, upgraded(3))))
    assert (list(ahead.strikes), [turn.since for turn in ahead.turns]) == ([KEY], [3])
    assert (Ahead.of(log(said)).strikes, Ahead.of(log(said)).turns) == ({}, [])


def test_an_owner_that_is_one_no_more_strikes_nothing():
    show = Show(ShowId("ahead23456"), no_formats)
    assert not Ahead.of(log(message(owned(4)), message(STRUCK, epoch=3))).strikes
    assert Ahead.of(log(message(STRUCK, epoch=3)), show).strikes
    show.epoch = 4
    assert not Ahead.of(log(message(STRUCK, epoch=3)), show).strikes


def test_an_upgrade_in_a_copy_is_at_the_entry_itself_also_where_a_show_goes_on_amid_the_copy():
    copy = [message(COPIED), message(upgraded(7)), message(FORKED), message(upgraded(3))]
    assert [turn.since for turn in Ahead.of(log(*copy)).turns] == [3]
    show = Show(ShowId("ahead23456"), no_formats)
    show.fork.copied = [0]
    assert [turn.since for turn in Ahead.of(log(*copy[1:]), show).turns] == [3]


def test_entries_that_are_not_in_a_log_are_told():
    at_all = message({"type": "tap"}, {"type": "tap"}, segment="s1")
    assert absent([("s1", 0, 1), ("s1", 0, 2), ("s2", 0, 1)], log(b"", at_all)) == {
        ("s1", 0, 2),
        ("s2", 0, 1),
    }
