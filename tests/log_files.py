"""Archives of golden evenings, for tests."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from replays.record import HERE

from oncue.api.log.archive import Header, Witness, Writer
from oncue.api.log.signing import Signer
from oncue.engine.log import decode_batch
from oncue.engine.player import Messages, pieces, read
from oncue.engine.structs import Role, seconds
from oncue.formats.rehearsal import BEGIN

SHOW = "rehearsal2"


def golden(name: str) -> list[tuple[int, bytes]]:
    """The messages of an evening."""
    return msgspec.msgpack.decode((HERE / f"{name}.log").read_bytes(), type=list[tuple[int, bytes]])


def written(
    path: Path,
    messages: Iterable[tuple[int, bytes]],
    *,
    state: Witness | None = None,
    signer: Signer | None = None,
) -> Path:
    """An archive of these messages."""
    log, writer = list(messages), Writer()
    header = Header(
        show=SHOW, title="Golden", code="GOLDEN", software="0", exported=0, first=log[0][0], last=log[-1][0],
        since=BEGIN, until=BEGIN + seconds(3600),
    )  # fmt: skip
    out = [writer.begin(header)]
    out += [writer.add(seq, data, len(pieces(decode_batch(data)))) for seq, data in log]
    out.append(writer.end(state))
    if signer:
        out.append(writer.signed(signer.sign(writer.digest)))
    path.write_bytes(b"".join(out))
    return path


def source(log: list[tuple[int, bytes]]) -> Messages:
    """Those messages, for a player."""
    return lambda after: (message for message in log if message[0] > after)


def cues(log: list[tuple[int, bytes]]) -> Iterator[int]:
    """The messages in which a host or the clock has done something."""
    for seq, data in log:
        entries = [read(raw) for _, raw in pieces(decode_batch(data))]
        if any(entry and entry.role & (Role.HOST | Role.CLOCK) for entry in entries):
            yield seq
