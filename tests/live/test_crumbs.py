"""What hangs where nobody can interrupt it ends its process at most twice; the third one goes on without that entry."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from small_show import Tap

from oncue.engine.house import Join, Open, Start
from oncue.engine.live.crumbs import Crumbs
from oncue.engine.log import NONCE, VERSION, Batch, Entry, Part, encode_batch, encode_entries
from oncue.engine.segment import SegmentSpec
from oncue.engine.structs import Action, Role

SHOW = "hanging234"
SEQ = 4
"""The message in which the third tap hangs, between two others."""


def entry(viewer: int, number: int, action: Action, role: Role = Role.AUDIENCE) -> Entry[Any]:
    return Entry(viewer, NONCE * viewer + number, int(role), 1_000_000 + number, 0, 0, 0, action)


def message(seq: int, segment: str, *entries: Entry[Any]) -> tuple[int, bytes]:
    return seq, encode_batch(Batch(VERSION, "node", seq, [Part(segment, encode_entries(list(entries)))]))


LOG = [
    message(
        1, "", entry(0, 1, Open("S", "CODE23", "seed", (SegmentSpec("s1", "taps", "Taps"),)), Role.SYSTEM)
    ),
    message(2, "", *(entry(viewer, 1, Join(f"viewer {viewer}")) for viewer in (1, 2, 3, 4))),
    message(3, "", entry(7, 1, Start("s1"), Role.HOST)),
    message(SEQ, "s1", entry(1, 2, Tap()), entry(3, 2, Tap()), entry(2, 2, Tap())),
    message(5, "s1", entry(4, 2, Tap())),
]


async def life(script: str, *arguments: Path) -> asyncio.subprocess.Process:
    here = Path(__file__).parent
    return await asyncio.create_subprocess_exec(
        sys.executable, str(here / script), *map(str, arguments), stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parent), *sys.path])},
    )  # fmt: skip


def _says(crumb: Path) -> bytes:
    return crumb.read_bytes() if crumb.exists() else b""


async def hangs(process: asyncio.subprocess.Process, crumb: Path, *, at: bytes) -> None:
    """Wait until its crumb has these bytes, then kill it."""
    while not _says(crumb).startswith(at):
        await asyncio.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    await process.wait()


async def test_the_first_crumb_names_the_message_the_second_the_entry_and_the_third_life_goes_on(
    tmp_path: Path,
) -> None:
    log, folder = tmp_path / "log", tmp_path / "crumbs"
    log.write_bytes(msgspec.msgpack.encode(LOG))
    seq, number = SEQ.to_bytes(8, "little"), (NONCE * 3 + 2).to_bytes(8, "little")
    await hangs(await life("hanging.py", folder, log), folder / SHOW, at=seq + bytes(8))
    await hangs(await life("hanging.py", folder, log), folder / SHOW, at=seq + number)
    said, _ = await (await life("hanging.py", folder, log)).communicate()
    taps, strikes = msgspec.json.decode(
        said.splitlines()[-1], type=tuple[dict[int, int], list[tuple[str, int, int]]]
    )
    assert (taps, strikes) == ({1: 1, 2: 1, 4: 1}, [("s1", 3, NONCE * 3 + 2)])
    assert not (folder / SHOW).exists()


@pytest.mark.parametrize("folder", ["crumbs", None])
def test_what_ends_only_the_owner_is_known_to_the_next_one(tmp_path: Path, folder: str | None) -> None:
    where = tmp_path / folder if folder else None
    first = Crumbs(where, "other23456")
    assert first.suspect == 0
    first.at(9)
    second = Crumbs(where, "other23456")
    assert (second.suspect, second.culprit) == (9, None)
    list(second.each(9, [Part("", encode_entries([entry(5, 3, Tap())]))]))
    third = Crumbs(where, "other23456")
    assert third.culprit
    assert third.culprit.key == ("", 5, NONCE * 5 + 3)
    third.drop()
    assert Crumbs(where, "other23456").suspect == 0


async def test_a_process_with_a_bound_of_memory_bears_handlers_without_any_and_hears_its_signals(
    tmp_path: Path,
) -> None:
    process = await life("greedy.py", tmp_path)
    said, _ = await process.communicate()
    memory, forever, taps, stopped = said.decode().splitlines()
    assert memory.startswith("1 MemoryError")
    assert forever.startswith("2 it was still at it")
    assert (taps, stopped, process.returncode) == ("{3: 1}", "told to stop", 0)
