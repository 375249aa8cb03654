"""What has to be known of encoded pictures without decoding them: H.264 (ITU-T H.264) and VP8 (RFC 6386)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

START = b"\x00\x00\x00\x01"
IDR, SPS, PPS = 5, 7, 8
HIGH = (100, 110, 122, 244, 44, 83, 86, 118, 128)
"""profile_idc with chroma_format_idc in the sequence parameter set (7.3.2.1.1)."""


SPS_BYTES = 512
"""Of a sequence parameter set, read for the size: far more than has ever stood before it. What anybody sends may go on for ever."""
LARGEST = 16_384
"""Pixels that a picture is wide or high."""


class Shape(NamedTuple):
    """A picture's codec string (RFC 6381) and its size in pixels."""

    codec: str
    width: int
    height: int


def nal_units(stream: bytes) -> Iterator[bytes]:
    """The NAL units of a byte stream (H.264 Annex B), without start codes."""
    at = stream.find(b"\0\0\1")
    while at >= 0:
        begin = at + 3
        at = stream.find(b"\0\0\1", begin)
        unit = stream[begin:] if at < 0 else stream[begin:at]
        # Zeros before a start code belong to it; a NAL unit never ends in one (7.4.1).
        if unit := unit.rstrip(b"\0"):
            yield unit


def prefixed_units(sample: bytes, size: int) -> Iterator[bytes]:
    """The NAL units of a sample with length prefixes of `size` bytes (ISO/IEC 14496-15)."""
    at = 0
    while at + size <= len(sample):
        begin = at + size
        at = begin + int.from_bytes(sample[at:begin], "big")
        yield sample[begin:at]


def parameter_sets(avcc: bytes) -> tuple[int, list[bytes]]:
    """The size of the length prefixes, and the parameter sets, of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1)."""
    sets, at = [], 5
    for mask in (0x1F, 0xFF):
        count, at = avcc[at] & mask, at + 1
        for _ in range(count):
            end = at + 2 + int.from_bytes(avcc[at : at + 2], "big")
            sets.append(avcc[at + 2 : end])
            at = end
    return (avcc[4] & 3) + 1, sets


def h264_is_key(stream: bytes) -> bool:
    """Whether a byte stream has an instantaneous decoding refresh picture."""
    at = stream.find(b"\0\0\1")
    while 0 <= at < len(stream) - 3:
        if stream[at + 3] & 0x1F == IDR:
            return True
        at = stream.find(b"\0\0\1", at + 3)
    return False


def h264_shape(stream: bytes) -> Shape | None:
    """What the first sequence parameter set of a byte stream says; None without one, or with one that makes no sense."""
    for unit in nal_units(stream):
        if unit[0] & 0x1F == SPS and len(unit) > 4:
            try:
                width, height = _size(unit[:SPS_BYTES])
            except IndexError:
                return None
            if 0 < width <= LARGEST and 0 < height <= LARGEST:
                return Shape(f"avc3.{unit[1:4].hex()}", width, height)
            return None
    return None


def vp8_is_key(frame: bytes) -> bool:
    """Whether it is a key frame (RFC 6386, section 9.1)."""
    return bool(frame) and not frame[0] & 1


def vp8_shape(frame: bytes) -> Shape | None:
    """What a key frame says; None for any other frame."""
    if not vp8_is_key(frame) or frame[3:6] != b"\x9d\x01\x2a" or len(frame) < 10:
        return None
    width, height = (int.from_bytes(frame[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    return Shape("vp8", width, height)


class _Bits:
    """Reads numbers bit by bit; IndexError at the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def bit(self) -> int:
        byte = self._data[self._at >> 3]
        value = byte >> (7 - (self._at & 7)) & 1
        self._at += 1
        return value

    def number(self) -> int:
        """An unsigned Exp-Golomb code (9.1)."""
        zeros = 0
        while not self.bit():
            zeros += 1
        value = 1
        for _ in range(zeros):
            value = value << 1 | self.bit()
        return value - 1

    def signed(self) -> int:
        value = self.number()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def _size(unit: bytes) -> tuple[int, int]:
    """Width and height that a sequence parameter set gives (7.3.2.1.1, 7.4.2.1.1)."""
    # Emulation prevention (7.4.1).
    bits = _Bits(unit[4:].replace(b"\0\0\3", b"\0\0"))
    bits.number()
    chroma = _high(bits) if unit[1] in HIGH else 1
    bits.number()
    _order(bits)
    bits.number()
    bits.bit()
    width = 16 * (bits.number() + 1)
    rows = bits.number() + 1
    frames_only = bits.bit()
    if not frames_only:
        bits.bit()
    bits.bit()
    crop = [bits.number() for _ in range(4)] if bits.bit() else [0, 0, 0, 0]
    across, down = 2 if chroma in (1, 2) else 1, 2 if chroma == 1 else 1
    height = 16 * rows * (2 - frames_only) - down * (2 - frames_only) * (crop[2] + crop[3])
    return width - across * (crop[0] + crop[1]), height


def _high(bits: _Bits) -> int:
    """Past what only high profiles have; gives chroma_format_idc."""
    chroma = bits.number()
    if chroma == 3:
        bits.bit()
    bits.number()
    bits.number()
    bits.bit()
    if bits.bit():
        for index in range(8 if chroma != 3 else 12):
            if bits.bit():
                _scaling(bits, 16 if index < 6 else 64)
    return chroma


def _scaling(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _order(bits: _Bits) -> None:
    """Past pic_order_cnt."""
    kind = bits.number()
    if kind == 0:
        bits.number()
    elif kind == 1:
        bits.bit()
        bits.signed()
        bits.signed()
        for _ in range(bits.number()):
            bits.signed()
