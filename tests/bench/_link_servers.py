"""The servers that `bench/link.py` compares, each in a process of its own: `python _link_servers.py NAME PORT NATS_URL`."""

import secrets
import sys
from typing import Any

import msgspec
import uvicorn
import uvloop

from oncue.engine.blocks import Heading, Scene, scene
from oncue.engine.cue import Cue
from oncue.engine.format import Format, on
from oncue.engine.structs import Action, State

SECRET = b"only for this bench, and long enough"


class Vote(Action, frozen=True):
    """Choose."""

    choice: int


class Tally(State):
    """Votes by choice."""

    votes: dict[int, int] = msgspec.field(default_factory=dict)


class Poll(Format[Tally]):
    """Counts votes, any number of each viewer's."""

    @on(Vote)
    def vote(self, state: Tally, act: Vote, cue: Cue) -> None:
        """One more."""
        state.votes[act.choice] = state.votes.get(act.choice, 0) + 1

    def public(self, state: Tally) -> Scene:
        """How many there are."""
        return scene(Heading(str(sum(state.votes.values()))), mood="live")


def find(_: str) -> type[Poll]:
    """There is but one format here."""
    return Poll


def bare(port: int, _: str) -> None:
    """A WebSocket echo on uvicorn, as small as ASGI allows."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            return
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": event["text"]})

    serve(app, port, ws_per_message_deflate=False)


def socketio(port: int, _: str) -> None:
    """An event of python-socketio, acknowledged with its own data."""
    from socketio import ASGIApp, AsyncServer

    server = AsyncServer(async_mode="asgi", transports=["websocket"], cors_allowed_origins="*")

    @server.event
    async def act(_: str, data: Any) -> Any:
        return data

    serve(ASGIApp(server), port, ws_per_message_deflate=False)


def link(port: int, nats: str) -> None:
    """The link as `oncue serve` has it, but for the limits on its pace and on links."""
    from oncue.api.auth import Tokens
    from oncue.api.link import Limits
    from oncue.api.rooms import Rooms
    from oncue.api.settings import Settings
    from oncue.api.socket import Front, link_protocol
    from oncue.engine.live import Bus, Intake, ShowClock

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise NotImplementedError

    async def run() -> None:
        bus = await Bus.connect(nats)
        now = ShowClock().now
        tokens = Tokens(SECRET, settings=Settings(), now=now)
        intake = Intake(bus, node=secrets.token_hex(6))
        rooms = Rooms(bus, intake, formats=find, verify=tokens.verify, now=now, limits=Limits(pace=0))
        rooms.start()
        ws = link_protocol(Front(rooms))
        config = uvicorn.Config(app, port=port, ws=ws, http="httptools", lifespan="off", log_level="warning")
        await uvicorn.Server(config).serve()

    uvloop.run(run())


def engine(_: int, nats: str) -> None:
    """Folds the log, as the engine's process does."""
    from oncue.engine.live import Bus, Runner, ShowClock

    async def run() -> None:
        bus = await Bus.connect(nats)
        await Runner(bus, formats=find, now=ShowClock().now, node=secrets.token_hex(6)).run()

    uvloop.run(run())


def serve(app: Any, port: int, **options: Any) -> None:
    """The same uvicorn for all."""
    uvicorn.run(
        app, port=port, log_level="warning", loop="uvloop", http="httptools", lifespan="off", **options
    )


if __name__ == "__main__":
    {"bare": bare, "socketio": socketio, "link": link, "engine": engine}[sys.argv[1]](
        int(sys.argv[2]), sys.argv[3]
    )
