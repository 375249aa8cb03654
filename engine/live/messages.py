"""What the parts of oncue tell each other over NATS, besides what goes to clients as it is (wire.py)."""

from __future__ import annotations

import msgspec

from oncue.engine.orders import Orders
from oncue.engine.outcome import Refusal
from oncue.engine.pacing import Audience
from oncue.engine.structs import Micros, Row


class ShowCard(msgspec.Struct, frozen=True):
    """A show as all nodes know it, on the shelf `shows` by its id. `picture` is a source: `test`, a file's path, or empty. `of`: the shows
    that it was forked from, the latest first."""

    id: str
    code: str
    title: str
    picture: str = ""
    state: str = "open"
    created: int = 0
    of: tuple[str, ...] = ()


class News(msgspec.Struct, frozen=True, array_like=True):
    """`show.<id>.news`: the owner with this epoch has folded up to `seq`; these actions do not count. `lag`: how old (µs) is what it
    folded last, when there is much more to fold."""

    epoch: int
    seq: int
    refused: list[Refusal] = []
    lag: Micros = 0


class Ask(msgspec.Struct, frozen=True, array_like=True):
    """`show.<id>.ask`: what may these viewers see now? With `desk` the desk too, with `results` the rows of that segment, with `recent`
    the scenes of the last seconds, with `stage` the orders."""

    viewers: list[int] = []
    desk: bool = False
    results: str = ""
    recent: bool = False
    stage: bool = False


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """The owner's answer to `Ask`. `scene`, `privates` and `desk` are JSON for clients, to be sent as they are; `formats` names the
    format of each segment, as `name@version`; `names` has those of the viewers who have joined; `barred` those who may not be here;
    `recent` are the scenes of the last seconds, oldest first; `refused` is what these viewers did in the last minute that does not
    count: their links may have been away when that was told."""

    epoch: int
    seq: int
    scene: bytes
    privates: dict[int, bytes] = {}
    names: dict[int, str] = {}
    barred: list[int] = []
    desk: bytes = b""
    formats: dict[str, str] = {}
    rows: list[Row] = []
    state: str = "open"
    recent: list[bytes] = []
    orders: Orders | None = None
    refused: list[Refusal] = []


class Needs(Audience, kw_only=True):
    """`show.<id>.needs`, every two seconds: how the pictures of those fare who have a link on this node."""

    node: str


RELAY_S = 5.0
"""How long a relay's card is good for; it is put again every second."""


class ClockCard(msgspec.Struct, frozen=True):
    """Where clock pings go by datagram; `fingerprint` is the certificate's SHA-256 in hex."""

    url: str
    fingerprint: str


class RelayCard(msgspec.Struct, frozen=True):
    """A relay that viewers may connect to, on the shelf `relays` by its node. `fingerprint` is the certificate's SHA-256 in hex, `clock`
    what stands beside the relay. A `branch` has nothing of its own: it takes all from the others."""

    url: str
    fingerprint: str
    clock: ClockCard | None = None
    branch: bool = False


class RtcAsk(msgspec.Struct, frozen=True, array_like=True):
    """`rtc.<node>`: signalling of a WebRTC session for who has this token. `do` is `publish` (WHIP), `watch` (WHEP), `trickle` or `end`;
    `body` is the offer (SDP) or the fragment with candidates."""

    do: str
    show: str
    token: str
    seat: str = ""
    resource: str = ""
    etag: str = ""
    body: str = ""


class RtcAnswer(msgspec.Struct, frozen=True, array_like=True):
    """The answer to `RtcAsk`; `refused` is (code, message, hint)."""

    resource: str = ""
    etag: str = ""
    body: str = ""
    refused: tuple[str, str, str] | None = None


encode = msgspec.msgpack.Encoder().encode
read_rtc_ask = msgspec.msgpack.Decoder(RtcAsk).decode
read_rtc_answer = msgspec.msgpack.Decoder(RtcAnswer).decode
read_news = msgspec.msgpack.Decoder(News).decode
read_needs = msgspec.msgpack.Decoder(Needs).decode
read_ask = msgspec.msgpack.Decoder(Ask).decode
read_orders = msgspec.msgpack.Decoder(Orders).decode
read_answer = msgspec.msgpack.Decoder(Answer).decode
read_privates = msgspec.msgpack.Decoder(list[tuple[int, bytes]]).decode
read_put_off = msgspec.msgpack.Decoder(list[tuple[int, bool]]).decode
"""`show.<id>.out`: viewers who were put off, and whether for good."""
