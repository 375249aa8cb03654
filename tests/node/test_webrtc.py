"""A whole node: somebody on the way to the stage publishes by WHIP, goes live, and is seen by WHEP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
from patience import PATIENCE_S
from peers import Sender, Viewer, closing, pictures, sounds

from oncue.api.serve import node
from oncue.api.settings import Settings
from oncue.media.bitstream import nal_units

SDP = {"Content-Type": "application/sdp"}


async def test_who_publishes_by_whip_goes_live_and_is_seen_by_whep(tmp_path: Path) -> None:
    known = {b"|".join(nal_units(picture)) for picture in pictures()}
    assert sounds()
    settings = Settings(port=0, relay_port=0, data=str(tmp_path / "oncue"), log="warning")
    sender, viewer = Sender(), Viewer("video")
    async with (
        node(settings) as running,
        httpx.AsyncClient(base_url=running.url, timeout=PATIENCE_S) as http,
        closing(sender, viewer),
    ):
        key = {"Authorization": f"Bearer {running.key}"}
        show = (await http.post("/api/shows", json={"title": "Friday", "rundown": []}, headers=key)).json()
        path, as_host = f"/api/shows/{show['id']}", {"Authorization": f"Bearer {show['token']}"}

        async def act(kind: str, **fields: Any) -> None:
            said = await http.post(f"{path}/actions", json={"type": kind, **fields}, headers=as_host)
            assert said.status_code == 200, said.text

        async def guest() -> dict[str, Any]:
            return (await http.get(f"{path}/stage", headers=as_host)).json()["guests"][0]

        offer = await sender.offer()
        early = await http.post(f"/whip/{show['id']}", content=offer, headers={**SDP, **as_host})
        assert (early.status_code, early.json()["code"]) == (403, "stage/not-seated")
        await act("step-up")
        opened = await http.post(f"/whip/{show['id']}", content=offer, headers={**SDP, **as_host})
        assert opened.status_code == 201, opened.text
        await sender.accept(opened.text)
        async with asyncio.timeout(PATIENCE_S):
            while not (await guest()).get("present"):
                await asyncio.sleep(0.1)
        await act("checked", passed=True, camera=True, microphone=True, words="")
        await act("put-live", viewer=(await guest())["viewer"])
        seat = (await guest())["seat"]
        watched = await http.post(
            f"/whep/{show['id']}/{seat}", content=await viewer.offer(), headers={**SDP, **as_host}
        )
        assert watched.status_code == 201, watched.text
        await viewer.accept(watched.text)
        frames = [await viewer.frame() for _ in range(20)]
        assert {b"|".join(nal_units(frame.data)) for frame in frames} <= known
