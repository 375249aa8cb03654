"""Whole shows with an audience on different networks."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from pathlib import Path as File

import msgspec
import pytest

from oncue.api.bots import RehearsalOptions, Rehearsed, rehearse
from oncue.api.bots.networks import read_networks, spread
from oncue.api.lab import NETWORKS
from oncue.api.serve import node
from oncue.api.settings import Settings
from oncue.engine.errors import BadInput

VOTE = {"question": "Tea or coffee?", "options": ["Tea", "Coffee"], "seconds": 4}
SHOW = {"title": "Friday", "rundown": [{"format": "poll", "title": "Drinks", "settings": VOTE}]}


def test_networks_are_shared_out_evenly_and_mixed() -> None:
    shares = read_networks("wifi=60, 4g=30,satellite=10")
    names = [share.name for share in spread(shares, 20)]
    assert Counter(names) == {"wifi": 12, "4g": 6, "satellite": 2}
    assert Counter(names[:10]) == Counter(names[10:])
    assert {share.path for share in shares} == {NETWORKS["wifi"], NETWORKS["4g"], NETWORKS["satellite"]}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "rehearse/bad-networks"),
        ("wifi=many", "rehearse/bad-networks"),
        ("wifi=0", "rehearse/bad-networks"),
        ("5g=10", "lab/no-network"),
        ("10+-20ms", "lab/bad-path"),
    ],
)
def test_networks_that_make_no_sense_are_refused(written: str, code: str) -> None:
    with pytest.raises(BadInput) as wrong:
        read_networks(written)
    assert wrong.value.code == code


async def test_every_network_is_felt_and_every_answer_counts_once(
    data_dir: File, capsys: pytest.CaptureFixture[str]
) -> None:
    options = RehearsalOptions(bots=6, networks="15ms,satellite,office", show=SHOW, json=True)
    settings = Settings(port=0, relay_port=0, data=str(data_dir), log="error")
    async with node(settings) as running:
        assert await rehearse(running.url, running.key, options) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    went = msgspec.json.decode(out, type=Rehearsed)
    assert went.show.promises.kept
    assert went.show.viewers == 6
    assert went.show.receipts == went.show.counted
    near, far, barred = went.networks
    assert [one.network for one in went.networks] == ["15ms", "satellite", "office"]
    assert [one.viewers for one in went.networks] == [2, 2, 2]
    assert near.frames > 0
    # The show is short, and the way to the picture long.
    assert far.delay_p50_ms is None or far.delay_p50_ms >= 280
    assert (barred.frames, barred.blind) == (0, 2)
    assert barred.lost > near.lost == 0
    assert far.received_ms > far.age_ms > 0
    # A receipt cannot come before a round trip.
    for one in went.networks:
        assert one.answers > 0
        assert one.receipt_p50_ms >= one.path.up_ms + one.path.down_ms - 2 * one.path.jitter_ms


async def test_the_command_plays_a_rundown_of_ones_own_and_leaves_nothing(tmp_path: File) -> None:
    (tmp_path / "show.json").write_text(json.dumps(SHOW["rundown"]))
    words = ["rehearse", "--rundown", "show.json", "--bots", "3", "--networks", "wifi,4g"]
    code, out, said = await oncue(tmp_path, *words)
    assert code == 0, said
    assert "every receipt was counted exactly once" in out
    assert "Tea or coffee?" in out
    assert left(tmp_path) == ["show.json"]


async def test_a_file_that_is_no_show_is_named(tmp_path: File) -> None:
    (tmp_path / "show.json").write_text("[1, 2]")
    code, _, said = await oncue(tmp_path, "rehearse", "--rundown", "show.json")
    assert code == 1
    assert "rehearse/bad-rundown" in said


def left(folder: File) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def oncue(folder: File, *words: str) -> tuple[int | None, str, str]:
    """Exit code, output and errors of the command."""
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "oncue.api.cli", *words, cwd=folder, stdout=PIPE, stderr=PIPE
    )
    out, said = await command.communicate()
    return command.returncode, out.decode(), said.decode()
