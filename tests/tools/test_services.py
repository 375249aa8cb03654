"""The servers that other tests rely on, and the tools that bring them."""

import asyncpg
import nats
import pip_settings
import pytest
from playwright.async_api import Browser


@pytest.mark.postgres
async def test_each_test_gets_an_empty_database(new_postgres_url: str) -> None:
    connection = await asyncpg.connect(new_postgres_url)
    try:
        assert await connection.fetchval("select count(*) from pg_stat_user_tables") == 0
    finally:
        await connection.close()


async def test_nats_stores_what_was_acknowledged(nats_url: str) -> None:
    client = await nats.connect(nats_url)
    try:
        stream = client.jetstream()
        await stream.add_stream(name="TRY", subjects=["try"])
        ack = await stream.publish("try", b"one")
        assert ack.seq == 1
    finally:
        await client.close()


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_chromium_opens_a_page(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content("<h1>On air</h1>")
    assert await page.inner_text("h1") == "On air"


def test_uv_gets_what_pip_is_set_to() -> None:
    listing = "global.index-url='https://a.example/simple'\ninstall.find-links='/x /y'\n:env:.index-url='https://b.example/simple'"
    assert pip_settings.translate(pip_settings.parse(listing)) == {
        "UV_DEFAULT_INDEX": "https://b.example/simple",
        "UV_FIND_LINKS": "/x,/y",
    }


def test_further_indexes_count_as_much_as_the_first() -> None:
    variables = pip_settings.translate({"extra-index-url": "https://a.example https://b.example"})
    assert variables == {
        "UV_INDEX": "https://a.example https://b.example",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
