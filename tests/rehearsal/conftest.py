"""One node for all rehearsals."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from oncue.api.rehearsal import Ground, captured, own_ground
from oncue.api.settings import Settings
from oncue.formats.registry import format_named
from rehearsal import planted


def formats(name):
    """As the node finds them."""
    return planted.NAMES.get(name.partition("@")[0]) or format_named(name)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    folder = tmp_path_factory.mktemp("rehearsal")
    named = [f"{name}={Path(planted.__file__)}:{kind.__name__}" for name, kind in planted.NAMES.items()]
    settings = Settings(
        port=0,
        relay_port=0,
        data=str(folder / "data"),
        log="warning",
        log_format="json",
        formats=",".join(named),
    )
    log = folder / "node.log"
    with captured(log):
        entered = own_ground(settings, log)
        there = await entered.__aenter__()
    try:
        yield msgspec.structs.replace(there, formats=formats)
    finally:
        await entered.__aexit__(None, None, None)
