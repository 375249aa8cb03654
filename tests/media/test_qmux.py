"""QMux without a socket: what real peers say, any garbage, any chunks, and flow control in both directions."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.media.qmux import (
    CLOSE,
    MAX_DATA,
    MAX_STREAM_DATA,
    MAX_STREAMS_UNI,
    PARAMETERS,
    PAYLOAD,
    PING,
    PONG,
    RECORD,
    RESET,
    STOP,
    Closed,
    Data,
    Qmux,
    QmuxError,
    Reset,
    Stopped,
    Window,
    read_varint,
    varint,
)

OURS = 3
"""The first stream that the server opens for one direction."""


def parameters(**told: int) -> bytes:
    """What a page says first: bytes in all and on each stream, and streams, that it takes."""
    said = {"data": 1 << 20, "stream": 1 << 18, "streams": 100} | told
    values = {
        4: said["data"],
        5: said["stream"],
        6: said["stream"],
        7: said["stream"],
        8: 100,
        9: said["streams"],
    }
    body = b"".join(varint(key) + varint(len(varint(n))) + varint(n) for key, n in values.items())
    return varint(PARAMETERS) + varint(len(body)) + body


def stream(number: int, data: bytes, *, offset: int = 0, end: bool = False) -> bytes:
    kind = 0x0F if end else 0x0E
    return varint(kind) + varint(number) + varint(offset) + varint(len(data)) + data


def met(window: Window | None = None, **told: int) -> Qmux:
    """A connection whose page has said its parameters, and that has said its own."""
    qmux = Qmux(window)
    qmux.receive(parameters(**told))
    assert qmux.record()
    return qmux


def sent(qmux: Qmux) -> list[tuple[int, ...] | tuple[int, int, int, bytes]]:
    """All that goes now, as (type, integers...) or (type, stream, offset, bytes)."""
    found: list[tuple] = []
    while record := qmux.record():
        assert len(record) <= RECORD
        at = 0
        while at < len(record):
            kind, at = read_varint(record, at)
            if kind in (0x0E, 0x0F):
                number, at = read_varint(record, at)
                offset, at = read_varint(record, at)
                size, at = read_varint(record, at)
                assert size <= PAYLOAD
                found.append((kind, number, offset, record[at : at + size]))
                at += size
                continue
            values = []
            for _ in range(
                {
                    MAX_DATA: 1,
                    MAX_STREAMS_UNI: 1,
                    0x12: 1,
                    MAX_STREAM_DATA: 2,
                    PONG: 1,
                    PING: 1,
                    RESET: 3,
                    STOP: 2,
                }[kind]
            ):
                value, at = read_varint(record, at)
                values.append(value)
            found.append((kind, *values))
    return found


@given(st.integers(0, (1 << 62) - 1), st.binary(max_size=3))
def test_integers_come_back_as_they_were(n: int, rest: bytes) -> None:
    assert read_varint(varint(n) + rest, 0) == (n, len(varint(n)))


@given(st.lists(st.binary(max_size=80), max_size=12), st.booleans())
def test_garbage_never_raises_anything_but_its_error(records: list[bytes], greeted: bool) -> None:
    qmux = met() if greeted else Qmux()
    with contextlib.suppress(QmuxError):
        for record in records:
            qmux.receive(record)
            qmux.record()


small = st.integers(0, 40)


def frame(*values: int) -> bytes:
    return b"".join(map(varint, values))


FRAMES = st.one_of(
    st.builds(stream, small, st.binary(max_size=9), offset=st.integers(0, 9), end=st.booleans()),
    st.builds(frame, st.just(RESET), small, small, small),
    st.builds(frame, st.just(STOP), small, small),
    st.builds(
        frame, st.sampled_from([MAX_DATA, MAX_STREAMS_UNI, PING, PONG, 0x14, 0x16]), st.integers(0, 1 << 40)
    ),
    st.builds(frame, st.just(MAX_STREAM_DATA), small, st.integers(0, 1 << 40)),
)


@given(st.lists(FRAMES, max_size=30), st.data())
def test_frames_in_any_order_never_raise_anything_but_its_error(
    frames: list[bytes], data: st.DataObject
) -> None:
    qmux = met()
    mine = [number for _ in range(3) if (number := qmux.open(uni=data.draw(st.booleans()))) is not None]
    with contextlib.suppress(QmuxError):
        for frame in frames:
            for event in qmux.receive(frame):
                if isinstance(event, Data):
                    qmux.consumed(event.stream, len(event.data))
            qmux.write(data.draw(st.sampled_from(mine)), b"x" * 20, end=data.draw(st.booleans()))
            qmux.record()
    assert qmux.waiting >= 0


@given(st.binary(max_size=200), st.data())
def test_bytes_come_in_order_however_they_are_cut(whole: bytes, data: st.DataObject) -> None:
    qmux, got, at = met(), b"", 0
    while at < len(whole) or not whole:
        count = data.draw(st.integers(1, max(len(whole) - at, 1)))
        last = at + count >= len(whole)
        for event in qmux.receive(stream(0, whole[at : at + count], offset=at, end=last)):
            assert isinstance(event, Data)
            assert event.end is last
            got += event.data
        at += count
        if last:
            break
    assert got == whole


@given(
    st.lists(st.binary(min_size=1, max_size=40_000), max_size=8),
    st.integers(1, 60_000),
    st.integers(1, 60_000),
)
def test_never_more_is_sent_than_the_page_allows(chunks: list[bytes], data: int, each: int) -> None:
    qmux = met(data=data, stream=each)
    for chunk in chunks:
        number = qmux.open(uni=True)
        assert number is not None
        qmux.write(number, chunk, end=True)
    went: dict[int, bytes] = {}
    for _ in range(40):
        for _, number, offset, part in sent(qmux):
            assert offset == len(went.get(number, b""))
            went[number] = went.get(number, b"") + part
        assert sum(map(len, went.values())) <= data
        assert all(len(part) <= each for part in went.values())
    data, each = 1 << 22, 1 << 22
    qmux.receive(varint(MAX_DATA) + varint(data))
    for number in range(OURS, OURS + 4 * len(chunks), 4):
        qmux.receive(varint(MAX_STREAM_DATA) + varint(number) + varint(each))
    for _, number, _, part in sent(qmux):
        went[number] = went.get(number, b"") + part
    assert [went[number] for number in sorted(went)] == chunks
    assert qmux.waiting == 0


def test_what_has_the_lower_rank_goes_first() -> None:
    qmux = met()
    late, soon = qmux.open(uni=True, rank=2), qmux.open(uni=True, rank=1)
    assert late is not None
    assert soon is not None
    qmux.write(late, b"late" * 5000, end=True)
    qmux.write(soon, b"soon" * 5000, end=True)
    order = [number for _, number, _, _ in sent(qmux)]
    assert order == sorted(order, key=lambda number: number != soon)


def test_a_page_that_sends_more_than_it_may_is_told_so() -> None:
    qmux = met(Window(data=100, bidi=50))
    qmux.receive(stream(0, b"x" * 50))
    with pytest.raises(QmuxError):
        qmux.receive(stream(0, b"x", offset=50))
    qmux = met(Window(data=100, bidi=80))
    qmux.receive(stream(0, b"x" * 80))
    with pytest.raises(QmuxError):
        qmux.receive(stream(4, b"x" * 21))


def test_what_was_consumed_may_come_again() -> None:
    qmux = met(Window(data=100, bidi=60))
    for turn in range(10):
        qmux.receive(stream(0, b"x" * 50, offset=50 * turn))
        qmux.consumed(0, 50)
    assert {frame[0] for frame in sent(qmux)} == {MAX_DATA, MAX_STREAM_DATA}


def test_streams_that_are_over_make_room_for_others() -> None:
    qmux = met(Window(streams_uni=2))
    for number in range(50):
        assert qmux.receive(stream(2 + 4 * number, b"", end=True)) == [Data(2 + 4 * number, b"", True)]
    qmux.receive(stream(2 + 4 * 50, b""))
    qmux.receive(stream(2 + 4 * 51, b""))
    with pytest.raises(QmuxError):
        qmux.receive(stream(2 + 4 * 52, b""))


def test_the_server_opens_no_more_streams_than_the_page_takes() -> None:
    qmux = met(streams=1)
    assert qmux.open(uni=True) == OURS
    assert qmux.open(uni=True) is None
    qmux.receive(varint(MAX_STREAMS_UNI) + varint(2))
    assert qmux.open(uni=True) == OURS + 4


def test_a_stream_that_was_given_up_sends_nothing_more_and_says_how_much_it_had_sent() -> None:
    qmux = met(stream=10)
    number = qmux.open(uni=True)
    assert number is not None
    qmux.write(number, b"x" * 30)
    assert sent(qmux) == [(0x0E, number, 0, b"x" * 10)]
    qmux.reset(number, 7)
    qmux.write(number, b"more")
    assert qmux.waiting == 0
    assert sent(qmux) == [(RESET, number, 7, 10)]


def test_a_page_that_wants_no_more_of_a_stream_gets_no_more() -> None:
    qmux = met()
    number = qmux.open(uni=True)
    assert number is not None
    qmux.write(number, b"x")
    assert qmux.receive(varint(STOP) + varint(number) + varint(3)) == [Stopped(number, 3)]
    assert sent(qmux) == [(RESET, number, 3, 0)]


def test_a_reset_counts_what_never_came() -> None:
    qmux = met(Window(data=100, bidi=60))
    qmux.receive(stream(0, b"x" * 10))
    assert qmux.receive(varint(RESET) + varint(0) + varint(5) + varint(60)) == [Reset(0, 5)]
    qmux.receive(stream(4, b"x" * 60))
    assert qmux.receive(stream(0, b"late", offset=10)) == []


def test_a_page_may_say_goodbye_or_fail() -> None:
    qmux = met()
    assert qmux.receive(varint(0x1D) + varint(4) + varint(3) + b"bye") == [Closed(4, "bye")]
    assert met().receive(varint(CLOSE) + varint(9) + varint(0) + varint(0)) == [Closed(9, "")]


def test_pings_are_answered() -> None:
    qmux = met()
    qmux.receive(varint(PING) + varint(41))
    assert sent(qmux) == [(PONG, 41)]


def test_who_asks_and_does_not_read_is_told_so() -> None:
    qmux, ping = met(), varint(PING) + varint(1)
    for _ in range(4):
        qmux.receive(ping * 1500)
    with pytest.raises(QmuxError):
        qmux.receive(ping * 1500)


@pytest.mark.parametrize(
    "record",
    [
        stream(0, b"first of all"),
        parameters() + parameters(),
        parameters() + stream(1, b"a stream of ours that is not open"),
        parameters() + stream(3, b"one way only"),
        parameters() + stream(0, b"x", offset=1),
        parameters() + b"\x3f",
        parameters() + bytes(RECORD),
        parameters()[:-1],
    ],
)
def test_what_breaks_the_protocol_raises_its_error(record: bytes) -> None:
    with pytest.raises(QmuxError):
        Qmux().receive(record)
