"""Whole rehearsals on a real node: one that goes well, and one whose formats have faults."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from typer.main import get_command

from oncue.api.bots import Pace
from oncue.api.cli import app
from oncue.api.rehearsal import (
    PROFILES,
    Ground,
    Limits,
    Options,
    Rehearsed,
    read_networks,
    read_profiles,
    rehearse,
)
from oncue.engine.errors import OncueError

pytestmark = pytest.mark.asyncio(loop_scope="package")

PACE = Pace(between=0.2, outcome=0.2, vote=2.5)
PATIENT = Limits(p99_ms=60_000, scene_p99_ms=60_000, growth_mb=500, in_step=0, doubted=1)
"""How quick this machine is is not what is tested."""
QUESTION = {"kind": "choice", "text": "Which?", "options": ["A", "B", "C"], "right": 2, "seconds": 3}
VOTE = {"question": "Tea or coffee?", "options": ["Tea", "Coffee"], "seconds": 2}


def show(*rundown):
    return {"title": "Friday", "rundown": list(rundown), "picture": "test:320x180@10"}


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def went(ground: Ground) -> Rehearsed:
    """A rehearsal of what is sound, with viewers of all kinds."""
    rundown = (
        {"format": "poll", "title": "Drinks", "settings": VOTE},
        {"format": "trivia", "title": "Quiz", "settings": {"questions": [QUESTION]}},
    )
    options = Options(
        what="Friday", show=show(*rundown), profiles=read_profiles(""), bots=13, pace=PACE, limits=PATIENT
    )
    return await rehearse(ground, options)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def faulty(ground: Ground) -> Rehearsed:
    """A rehearsal of formats with a fault each."""
    rundown = (
        {"format": "blabs", "settings": {"questions": [QUESTION]}},
        {"format": "counts"},
        {"format": "draws"},
        {"format": "dawdles"},
    )
    options = Options(
        what="faults",
        show={**show(*rundown), "picture": ""},  # nobody's picture is behind: they answer soon
        profiles=read_profiles("home"),
        bots=5,
        pace=PACE,
        limits=PATIENT,
    )
    return await rehearse(ground, options)


def failed(report: Rehearsed) -> dict[str, str]:
    return {one.name: "\n".join([one.said, *one.details]) for one in report.checks if one.verdict == "fail"}


async def test_a_sound_show_passes_whoever_comes(went: Rehearsed) -> None:
    assert failed(went) == {}
    assert went.passed
    assert went.done
    assert not went.interrupted
    assert went.audience.viewers == 13


async def test_all_is_looked_at(went: Rehearsed) -> None:
    skipped = [one.name for one in went.checks if one.verdict == "skip"]
    assert skipped == []


async def test_every_profile_did_what_it_is_for(went: Rehearsed) -> None:
    by_name = {one.profile: one for one in went.profiles}
    assert list(by_name) == ["home", "mobile", "stadium", "sleepers", "late", "doubles", "trolls", "cheaters"]
    assert all(one.viewers for one in by_name.values())
    assert by_name["sleepers"].reconnects > 0
    assert by_name["doubles"].refused
    assert by_name["mobile"].lost > 0
    assert [one.trick for one in went.tricks]


async def test_trolls_hear_what_was_wrong(went: Rehearsed) -> None:
    assert len(went.pranks) > 20
    assert [one.what for one in went.pranks if not one.clear] == []
    assert {"input/malformed", "auth/forbidden", "input/too-large", "name/bad"} <= {
        one.code for one in went.pranks
    }


async def test_what_was_received_was_looked_into(went: Rehearsed) -> None:
    assert went.kept_mb > 0
    assert went.findings == []


async def test_memory_and_time_are_told_of_every_process(went: Rehearsed) -> None:
    names = {one.name for one in went.processes}
    assert {"api", "engine", "media", "nats", "audience"} <= names
    assert all(one.most_mb > 5 for one in went.processes)
    assert sum(one.actions for one in went.timeline) == went.audience.sent


async def test_the_report_is_json(went: Rehearsed) -> None:
    assert msgspec.json.decode(msgspec.json.encode(went), type=Rehearsed) == went


async def test_the_documentation_names_all_of_it(went: Rehearsed) -> None:
    text = (Path(__file__).parents[2] / "docs" / "rehearsal.md").read_text()
    named = set(re.findall(r"`([\w\[\]-]+)`", text))
    assert {one.name for one in went.checks} <= named
    assert set(PROFILES) <= named
    assert set(Rehearsed.__struct_fields__) <= {name.removesuffix("[]") for name in named}
    options = {name for one in get_command(app).commands["rehearse"].params for name in one.opts}
    assert set(re.findall(r"`(--[a-z0-9-]+)", text.split("## With a crowd")[1])) <= options


async def test_a_right_answer_that_is_sent_too_early_is_found(faulty: Rehearsed) -> None:
    assert "blabs" in failed(faulty)["leaks"] or "s1" in failed(faulty)["leaks"]


async def test_a_click_that_counts_twice_is_found(faulty: Rehearsed) -> None:
    said = failed(faulty)["results"]
    assert "`say` counts twice" in said
    assert "fault of the engine" not in said


async def test_a_handler_that_draws_its_own_number_is_found(faulty: Rehearsed) -> None:
    said = failed(faulty)["replay"]
    assert "random.randrange" in said
    assert "planted.py" in said


async def test_what_viewers_were_sent_differs_from_what_the_log_gives(faulty: Rehearsed) -> None:
    assert any(one.kind == "replay" and one.where == "s3/public" for one in faulty.findings)


async def test_a_slow_handler_is_found(faulty: Rehearsed) -> None:
    assert "say" in failed(faulty)["slow"]


async def test_what_has_no_fault_is_not_blamed(faulty: Rehearsed) -> None:
    assert set(failed(faulty)) == {"leaks", "results", "replay", "slow"}
    assert not faulty.passed


async def test_a_rehearsal_that_is_ended_early_reports_what_there_is(ground: Ground) -> None:
    options = Options(
        what="stopped",
        show=show({"format": "poll", "settings": VOTE}),
        profiles=read_networks("15ms"),
        bots=2,
    )
    report = await rehearse(ground, options, lambda evening: evening.stop())
    assert report.interrupted
    assert failed(report) == {}
    assert not report.done


async def test_another_node_is_rehearsed_on_by_the_command(ground: Ground, tmp_path: Path) -> None:
    words = ["--url", ground.url, "--key", ground.key, "--bots", "2", "--networks", "15ms", "--for", "3"]
    (tmp_path / "show.json").write_text(json.dumps(show({"format": "poll", "settings": VOTE})))
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "oncue.api.cli", "rehearse", "show.json", *words, "--json", "--junit", "ci.xml",
        cwd=tmp_path, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    out, said = await command.communicate()
    assert command.returncode == 0, said
    report = msgspec.json.decode(out, type=Rehearsed)
    assert report.audience.viewers == 2
    skipped = {one.name for one in report.checks if one.verdict == "skip"}
    assert {"replay", "memory"} <= skipped
    assert (tmp_path / "ci.xml").exists()
    assert not said


async def test_a_wrong_key_is_an_error_with_a_code(ground: Ground) -> None:
    options = Options(what="", show=show(), profiles=read_networks("15ms"), bots=1)
    with pytest.raises(OncueError) as refused:
        await rehearse(msgspec.structs.replace(ground, key="x" * 32), options)
    assert refused.value.code == "auth/forged"
