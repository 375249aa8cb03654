"""What is read of encoded pictures, compared with what encoders were told."""

from __future__ import annotations

import time
from fractions import Fraction

import av
import pytest
from peers import pictures

from oncue.media.bitstream import h264_is_key, h264_shape, nal_units, vp8_is_key, vp8_shape


def first_picture(codec: str, width: int, height: int, **options: str) -> bytes:
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.options = Fraction(1, 30), options
    frame = av.VideoFrame(width, height, "yuv420p")
    frame.pts = 0
    return bytes([*encoder.encode(frame), *encoder.encode(None)][0])


@pytest.mark.parametrize(
    ("profile", "says"), [("baseline", "avc3.42c0"), ("main", "avc3.4d40"), ("high", "avc3.6400")]
)
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (322, 182), (16, 16)])
def test_h264_says_its_codec_and_size(profile, says, size):
    shape = h264_shape(first_picture("libx264", *size, profile=profile, tune="zerolatency"))
    assert shape is not None
    assert shape.codec.startswith(says)
    assert (shape.width, shape.height) == size


def test_vp8_says_its_size():
    assert vp8_shape(first_picture("libvpx", 322, 182)) == ("vp8", 322, 182)


def test_key_frames_are_told_from_others():
    h264, vp8 = pictures("H264")[:31], pictures("VP8")[:31]
    assert [n for n, picture in enumerate(h264) if h264_is_key(picture)] == [0, 15, 30]
    assert vp8_is_key(vp8[0])
    assert not vp8_is_key(vp8[1])
    assert h264_shape(h264[1]) is None
    assert vp8_shape(vp8[1]) is None


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\0\0\1", b"\0\0\1\x67", b"\0\0\1\x67\x42\xc0\x1f\xff", b"\xff" * 20]
)
def test_what_is_no_picture_is_none(data):
    assert h264_shape(data) is None
    assert vp8_shape(data) is None
    assert not h264_is_key(data)


@pytest.mark.parametrize(
    "filled", [b"\0\xff" * 400_000, b"\x01" + bytes(400_000) + b"\xff" * 400_000, b"\xaa" * 800_000]
)
def test_a_parameter_set_without_end_takes_no_time(filled):
    begun = time.process_time()
    h264_shape(b"\0\0\0\1\x67\x42\xc0\x1f" + filled + b"\x80")
    assert time.process_time() - begun < 0.5


def test_a_size_that_no_picture_has_is_none():
    # 2**20 macroblocks wide: profile and level, then ue(0) twice, ue(0), ue(0), flag, ue(2**20 - 1), ue(0), flags.
    bits = "1" + "1" + "1" + "1" + "1" + "0" + "0" * 20 + "1" + "0" * 20 + "1" + "1" + "1" + "0" + "1"
    data = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    assert h264_shape(b"\0\0\0\1\x67\x42\xc0\x1f" + data) is None


def test_zeros_before_a_start_code_belong_to_it():
    assert list(nal_units(b"\0\0\0\1\x09\x10\0\0\0\1\x67\x42\0\0\1\x68\xce")) == [
        b"\x09\x10",
        b"\x67\x42",
        b"\x68\xce",
    ]
