"""Recordings as hosts and the replay page get them."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from oncue.media.recording import About, Index, Part, write_index

RECORDING = "20270115T080000000"
FILM = "programme.1.1800000000000000.mp4"


@pytest.fixture
async def made(live, settings) -> dict:
    """A show with a recording that is done."""
    made = await live.show()
    record(settings.recordings_folder / made["id"] / RECORDING)
    return made


def record(folder: Path, state: str = "done") -> None:
    folder.mkdir(parents=True)
    (folder / FILM).write_bytes(bytes(range(256)) * 10)
    (folder / "scenes.jsonl").write_text('{"seq":1}\n')
    (folder / "log.jsonl").write_text('{"viewer":7}\n')
    (folder / ".lock").touch()
    part = Part(
        file=FILM,
        seat="programme",
        start=1_800_000_000_000_000,
        end=1_800_000_002_000_000,
        video="avc3.42c01f",
    )
    write_index(
        folder,
        Index(About(folder.name, folder.parent.name, "Friday"), state, part.start, part.end, parts=(part,)),
    )


async def get(live, made, path: str, status: int = 200, token: str | None = None, **headers):
    given = live.as_(token or made["token"])
    got = await live.http.get(f"/api/shows/{made['id']}/recordings{path}", headers=given | headers)
    assert got.status_code == status, got.text
    return got


async def test_a_host_lists_what_was_recorded(live, made, settings):
    record(settings.recordings_folder / made["id"] / "20270115T090000000", "recording")
    newest, oldest = (await get(live, made, "")).json()
    assert newest["state"] == "recording"
    assert (oldest["id"], oldest["state"], oldest["public"]) == (RECORDING, "done", False)
    assert oldest["parts"][0]["seat"] == "programme"
    assert set(oldest["files"]) == {FILM, "index.json", "log.jsonl", "scenes.jsonl"}
    assert oldest["bytes"] == sum(oldest["files"].values())
    assert (await get(live, await live.show(), "")).json() == []


async def test_nobody_else_gets_a_recording(live, made):
    viewer, other = await live.join(made["code"]), await live.show()
    await get(live, made, "", 403, token=viewer["token"])
    await get(live, made, f"/{RECORDING}/{FILM}", 403, token=other["token"])
    await get(live, made, f"/{RECORDING}.tar", 403, token=viewer["token"])


async def test_a_file_comes_whole_or_in_ranges_and_is_saved_under_a_name(live, made):
    whole = await get(live, made, f"/{RECORDING}/{FILM}")
    assert len(whole.content) == 2560
    assert f'filename="{made["id"]}-{FILM}"' in whole.headers["content-disposition"]
    part = await get(live, made, f"/{RECORDING}/{FILM}", 206, Range="bytes=256-511")
    assert part.content == bytes(range(256))
    assert part.headers["content-range"] == "bytes 256-511/2560"


ELSEWHERE = (
    "/x/index.json",
    f"/{RECORDING}/none.mp4",
    f"/{RECORDING}/.lock",
    f"/{RECORDING}/public",
    f"/{RECORDING}/..%2f..%2foncue.db",
    "/..%2f..%2f/oncue.db",
)


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_nothing_else_of_the_disk_can_be_had(live, made, path):
    got = await get(live, made, path, 404)
    assert got.json()["code"] in ("recording/unknown", "http/not-found")


async def test_a_link_with_the_hosts_token_downloads_without_a_header(live, made):
    where = f"/api/shows/{made['id']}/recordings/{RECORDING}"
    for path in (f"{where}/{FILM}", f"{where}.tar"):
        assert (await live.http.get(path)).status_code == 401
        assert (await live.http.get(path, params={"token": made["token"]})).status_code == 200
        assert (await live.http.get(path, params={"token": "x"})).status_code == 401


async def test_all_of_it_comes_as_a_tar_whose_length_is_known(live, made):
    got = await get(live, made, f"/{RECORDING}.tar")
    assert int(got.headers["content-length"]) == len(got.content)
    with tarfile.open(fileobj=io.BytesIO(got.content)) as archive:
        names = {Path(name).name for name in archive.getnames()}
        film = archive.extractfile(f"{made['id']}-{RECORDING}/{FILM}")
        assert film.read() == bytes(range(256)) * 10
    assert names == {FILM, "index.json", "log.jsonl", "scenes.jsonl"}


async def test_a_replay_is_the_hosts_until_it_is_published_and_never_has_the_log(live, made):
    where = f"/api/replays/{made['id']}"
    assert (await live.http.get(where)).json()["code"] == "replay/none"
    assert (await live.http.get(f"{where}/{RECORDING}/{FILM}")).status_code == 404
    own = (await live.http.get(where, params={"token": made["token"]})).json()
    assert (await live.http.get(own["urls"][FILM])).status_code == 200

    publish = {"json": {"public": True}, "headers": live.as_(made["token"])}
    assert (await live.http.put(f"/api/shows/{made['id']}/recordings/{RECORDING}", **publish)).json()[
        "public"
    ]
    seen = (await live.http.get(where)).json()
    assert seen["title"] == "Friday"
    assert "token" not in json.dumps(seen["urls"])
    assert (await live.http.get(seen["urls"][FILM], headers={"Range": "bytes=0-9"})).status_code == 206
    assert (await live.http.get(seen["urls"]["scenes.jsonl"])).text == '{"seq":1}\n'
    assert "log.jsonl" not in seen["urls"]
    assert (await live.http.get(f"{where}/{RECORDING}/log.jsonl")).status_code == 404

    publish["json"]["public"] = False
    await live.http.put(f"/api/shows/{made['id']}/recordings/{RECORDING}", **publish)
    assert (await live.http.get(seen["urls"][FILM])).status_code == 404


async def test_a_recording_is_deleted_unless_it_is_still_made(live, made, settings):
    busy = settings.recordings_folder / made["id"] / "20270115T090000000"
    record(busy, "recording")
    where, headers = f"/api/shows/{made['id']}/recordings", live.as_(made["token"])
    assert (await live.http.delete(f"{where}/{busy.name}", headers=headers)).json()[
        "code"
    ] == "recording/busy"
    left = await live.http.delete(f"{where}/{RECORDING}", headers=headers)
    assert [one["id"] for one in left.json()] == [busy.name]
    await get(live, made, f"/{RECORDING}/{FILM}", 404)
