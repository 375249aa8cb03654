"""What the programme is and how it plays, by the API."""

from pathlib import Path

import av
import pytest

from oncue.api.playing import STREAMS, stream_address
from oncue.engine.live import Ask
from oncue.engine.orders import Orders
from oncue.engine.structs import Role


@pytest.fixture
def films(settings) -> Path:
    """A media folder with a film that can be played and one that cannot."""
    folder = settings.media_folder
    folder.mkdir()
    with av.open(folder / "trailer.mp4", "w", format="mp4") as out:
        video = out.add_stream("libx264", rate=30, options={"preset": "ultrafast", "bf": "0"})
        video.width, video.height, video.pix_fmt = 160, 90, "yuv420p"
        for number in range(60):
            picture = av.VideoFrame(160, 90, "yuv420p")
            picture.pts = number
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
    (folder / "broken.mp4").write_bytes(b"no film")
    return folder


async def orders(live, show: str) -> Orders:
    answer = await live.desk.acting.ask(show, Ask(stage=True))
    assert answer.orders
    return answer.orders


async def put(live, made, status: int = 200, as_=None, **body) -> dict:
    headers = live.as_(as_ or made["token"])
    done = await live.http.put(f"/api/shows/{made['id']}/programme", json=body, headers=headers)
    assert done.status_code == status, done.text
    return done.json()


async def test_the_sources_are_listed_with_why_they_cannot_be_played(live, films):
    made = await live.show()
    listed = await live.http.get("/api/sources", headers=live.as_(made["token"]))
    test, broken, trailer = listed.json()
    assert test["source"] == "test"
    assert "not an MP4" in broken["why"]
    assert (trailer["source"], trailer["name"], trailer["length"], trailer["why"]) == (
        "trailer.mp4",
        "trailer",
        2_000_000,
        "",
    )


async def test_viewers_may_not_list_sources_or_change_the_programme(live, films):
    made = await live.show(picture="test")
    joined = await live.join(made["code"])
    assert (await live.http.get("/api/sources", headers=live.as_(joined["token"]))).status_code == 403
    await put(live, made, 403, as_=joined["token"], source="test")


async def test_a_host_puts_a_film_on(live, films):
    made = await live.show(picture="test")
    assert (await orders(live, made["id"])).programme.source == "test"
    await put(live, made, source="trailer.mp4")
    programme = (await orders(live, made["id"])).programme
    assert (programme.source, programme.playing) == ("trailer.mp4", True)
    await put(live, made, source="")
    assert (await orders(live, made["id"])).programme is None
    assert (await put(live, made, 409, playing=False))["code"] == "stage/no-source"


async def test_what_cannot_be_played_is_refused_at_once(live, films):
    made = await live.show()
    for source in ("broken.mp4", "none.mp4", "../oncue.db", "/etc/passwd", "test:1x1@1"):
        assert (await put(live, made, 422, source=source))["code"].startswith("media/")
    assert (await orders(live, made["id"])).programme is None


@pytest.mark.parametrize("source", ["live:>", "live:*", "live:", "live:a b", "live:" + "a" * 900, "x" * 900])
async def test_names_that_nobody_has_given_are_refused_with_their_code(live, films, source):
    made = await live.show()
    assert (await put(live, made, 422, source=source))["code"] == "media/unreadable"


async def test_the_address_of_a_stream_is_for_the_key_and_stays_secret(live):
    made = await live.show()
    camera = "rtsp://me:secret@10.0.0.7/1"
    assert (await put(live, made, 403, source=camera))["code"] == "media/address"
    headers = live.admin
    done = await live.http.put(f"/api/shows/{made['id']}/programme", json={"source": camera}, headers=headers)
    assert done.status_code == 200
    name = (await orders(live, made["id"])).programme.source
    assert name.startswith("live:")
    assert "secret" not in name
    assert await stream_address(live.services.bus, name) == camera
    await put(live, made, source="test")
    await put(live, made, source=name)  # a host may go back to it
    assert (await put(live, made, 422, source="live:000000000000"))["code"] == "media/unreadable"
    await (await live.services.bus.shelf(STREAMS)).delete(name.removeprefix("live:"))


async def test_a_show_can_be_made_with_a_stream_whose_address_nobody_sees(live):
    made = await live.show(picture="srt://10.0.0.7:9000?passphrase=secret")
    card = await live.desk.directory.by_id(made["id"])
    assert card.picture.startswith("live:")
    assert await stream_address(live.services.bus, card.picture) == "srt://10.0.0.7:9000?passphrase=secret"


async def test_a_show_can_be_made_with_a_film_of_the_media_folder(live, films):
    made = await live.show(picture="trailer.mp4")
    assert (await orders(live, made["id"])).programme.source == str((films / "trailer.mp4").absolute())


async def test_pause_seek_and_rate_go_into_the_log_and_live_sources_refuse_them(live, films):
    from oncue.engine.stage_actions import Sourced

    made = await live.show(picture="test")
    assert (await put(live, made, 409, playing=False))["code"] == "stage/live-source"
    await put(live, made, source="trailer.mp4")
    await live.act(made["id"], "", Sourced("trailer.mp4", False, 2_000_000), 0, Role.SYSTEM)
    await put(live, made, playing=False, media=1_500_000, rate=0.5)
    programme = (await orders(live, made["id"])).programme
    assert (programme.playing, programme.media, programme.rate) == (False, 1_500_000, 0.5)
    assert programme.length == 2_000_000
    assert (await put(live, made, 422, rate=9))["code"] == "input/invalid"
    assert (await put(live, made, 422))["code"] == "input/invalid"


async def test_recording_is_turned_on_and_off_or_from_the_start(live):
    made = await live.show(picture="test", record=True)
    assert (await orders(live, made["id"])).recording
    where, headers = f"/api/shows/{made['id']}/recording", live.as_(made["token"])
    assert (await live.http.post(where, json={"on": False}, headers=headers)).status_code == 200
    assert not (await orders(live, made["id"])).recording
    assert (await live.http.post(where, json={"on": True}, headers=headers)).status_code == 200
    assert (await orders(live, made["id"])).recording
    assert not (await orders(live, (await live.show())["id"])).recording
