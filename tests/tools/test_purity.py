"""The check that keeps clocks, chance and sockets out of the engine."""

import ast

import purity
import pytest


def reasons(source: str) -> list[str]:
    return [reason for _, reason in purity.faults(ast.parse(source))]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import time", "imports time"),
        ("import os.path", "imports os.path"),
        ("from datetime import datetime", "imports datetime.datetime"),
        ("from random import choice", "imports random.choice"),
        ("from oncue.engine.live import Bus", "imports oncue.engine.live.Bus"),
        ("from .live.bus import Bus", "imports .live.bus.Bus"),
        ("from oncue.api import Link", "imports oncue.api.Link"),
        ("def load():\n    return open('x')", "calls open()"),
        ("async def wait(): ...", "wait is a coroutine"),
    ],
)
def test_what_reaches_outside_is_named(source: str, reason: str) -> None:
    assert reasons(source) == [reason]


@pytest.mark.parametrize(
    "source",
    [
        "import msgspec",
        "from random import Random",
        "from .structs import State",
        "from oncue.engine.log import Entry",
    ],
)
def test_what_the_engine_needs_is_allowed(source: str) -> None:
    assert reasons(source) == []
