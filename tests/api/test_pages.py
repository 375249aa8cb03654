"""The pages, their safety headers, the QR code, and what a node tells about itself."""

import re
from importlib.metadata import EntryPoint

import pytest

from oncue.api import components
from oncue.api.bundle import Bundle
from oncue.engine.errors import Unknown
from oncue.engine.live import RelayCard
from oncue.formats.registry import Registry


@pytest.fixture
def bundle(world, tmp_path):
    """A bundle as Vite builds it."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>oncue</title>")
    (folder / "assets" / "main-abc.js").write_text("console.log('hello');\n" * 200)
    (folder / "assets" / "font-abc.woff2").write_bytes(b"\0" * 2000)
    (folder / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret").write_text("hidden")
    (folder / "assets" / "out").symlink_to(tmp_path / "secret")
    world.desk.bundle = Bundle(folder)


@pytest.mark.parametrize(
    "path", ["/", "/j/QK7XP2", "/host/k3v9mq2xta", "/overlay/QK7XP2", "/screen/QK7XP2", "/series/q7m2zk3v9x"]
)
async def test_every_page_is_the_one_file_with_a_policy(world, bundle, path):
    page = await world.http.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "ws://test" in policy
    assert "'unsafe-eval'" not in policy
    assert "script-src 'self' blob: 'wasm-unsafe-eval'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "camera=(self)" in page.headers["permissions-policy"]


async def test_nobody_frames_the_console_and_the_relay_may_be_connected_to(world, bundle):
    assert "frame-ancestors 'none'" in (await world.http.get("/host/x")).headers["content-security-policy"]
    assert "frame-ancestors 'self'" in (await world.http.get("/j/x")).headers["content-security-policy"]
    world.relay = RelayCard("https://relay.example.org:4443", "ab")
    policy = (await world.http.get("http://192.168.1.5:8080/j/x")).headers["content-security-policy"]
    connect = re.search("connect-src ([^;]*)", policy)
    assert connect
    assert {"https://192.168.1.5:*", "https://relay.example.org:*", "ws://192.168.1.5:8080"} <= set(
        connect[1].split()
    )


async def test_a_host_header_that_is_none_is_not_repeated(world, bundle):
    for given in ("evil.example; script-src *", "x/../y", "a b", "<script>"):
        page = await world.http.get("/j/x", headers={"Host": given})
        assert given not in page.headers["content-security-policy"]
        assert "ws://127.0.0.1:8080" in page.headers["content-security-policy"]


async def test_assets_are_packed_and_kept_for_ever(world, bundle):
    packed = await world.http.get("/assets/main-abc.js")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text.startswith("console.log")
    assert "immutable" in packed.headers["cache-control"]
    plain = await world.http.get("/assets/main-abc.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == packed.text
    font = await world.http.get("/assets/font-abc.woff2")
    assert (font.headers["content-type"], len(font.content)) == ("font/woff2", 2000)
    unchanged = await world.http.get("/assets/main-abc.js", headers={"If-None-Match": packed.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


@pytest.mark.parametrize("path", ["assets/../../secret", "assets/none.js", "assets/", "assets/out"])
async def test_no_file_outside_of_the_bundle_is_served(world, bundle, path):
    with pytest.raises(Unknown):
        await world.desk.bundle.asset(path)
    assert (await world.http.get(f"/{path}")).status_code == 404
    assert (await world.http.get("/assets/%2e%2e/%2e%2e/secret")).status_code == 404


async def test_without_a_bundle_the_page_says_what_to_do(world):
    world.desk.bundle = Bundle(None)
    page = await world.http.get("/")
    assert page.status_code == 200
    assert "make setup" in page.text
    assert (await world.http.get("/assets/main.js")).status_code == 404


async def test_the_qr_code_is_an_svg_by_code_and_by_id(world):
    made = await world.show()
    by_code = await world.http.get(f"/j/{made['code']}/qr.svg")
    by_id = await world.http.get(f"/api/shows/{made['id']}/qr.svg")
    assert by_code.headers["content-type"] == "image/svg+xml"
    assert by_code.headers["cache-control"] == "no-store"
    assert by_code.content == by_id.content
    assert by_code.text.count("<svg") == 1
    assert (await world.http.get("/j/ZZZZZZ/qr.svg")).json()["code"] == "show/unknown"


async def test_a_node_says_that_it_is_well(world):
    healthy = await world.http.get("/healthz")
    assert (healthy.status_code, healthy.json()) == (200, {"status": "ok", "nats": "ok", "database": "ok"})


async def test_a_node_without_a_database_says_so_and_no_more(world, tmp_path):
    await world.services.store.close()
    (tmp_path / "oncue.db").write_text("broken" * 1000)
    failing = await world.http.get("/healthz")
    assert failing.status_code == 503
    assert failing.json() == {"status": "failing", "nats": "ok", "database": "cannot be reached"}


async def test_figures_are_for_the_key_holder(world):
    made = await world.show()
    await world.join(made["code"])
    assert (await world.http.get("/metrics")).status_code == 401
    figures = (await world.http.get("/metrics", headers=world.admin)).text
    assert 'oncue_joins_total{known="no"} 1.0' in figures
    assert 'oncue_requests_total{method="POST",route="/api/shows",status="201"} 1.0' in figures


async def test_a_path_that_is_none_and_a_method_that_is_wrong_are_problems_too(world):
    missing = await world.http.get("/nowhere")
    assert (missing.status_code, missing.json()["code"]) == (404, "http/not-found")
    wrong = await world.http.get("/api/join")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "http/method")
    assert missing.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_a_request_keeps_the_id_that_a_proxy_gave_it_unless_that_is_nonsense(world):
    kept = await world.http.get("/healthz", headers={"X-Request-Id": "abc-123"})
    assert kept.headers["x-request-id"] == "abc-123"
    for given in ("x" * 65, "a b", "a\tb"):
        drawn = await world.http.get("/healthz", headers={"X-Request-Id": given})
        assert re.fullmatch("[0-9a-f]{16}", drawn.headers["x-request-id"])


async def test_a_failure_of_ours_is_a_problem_with_an_id_and_no_secrets(world, monkeypatch):
    async def fails(*_, **__):
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(world.services.store, "list_shows", fails)
    failed = await world.http.get("/api/shows", headers=world.admin)
    assert (failed.status_code, failed.json()["code"]) == (500, "node/failed")
    assert failed.headers["x-request-id"] in failed.json()["hint"]
    assert "hunter2" not in failed.text


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large_is_not_read(world, chunked):
    async def parts():
        for _ in range(300):
            yield b" " * 1024

    headers = world.admin | {"Content-Type": "application/json"}
    content = parts() if chunked else b" " * 300 * 1024
    refused = await world.http.post("/api/shows", content=content, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (413, "input/too-large")


async def test_one_key_cannot_ask_without_end(make_world):
    async with make_world(api_rate=1) as world:
        statuses = [(await world.http.get("/api/shows", headers=world.admin)).status_code for _ in range(6)]
        assert statuses == [200] * 4 + [429] * 2


async def test_a_component_is_packed_once_however_it_is_asked_for(world, tmp_path, monkeypatch):
    (tmp_path / "own.js").write_text("1;" * 2000)
    (tmp_path / "own.py").write_text(
        "from oncue.formats import *\nclass Press(Action, frozen=True): ...\nclass Own(Format[State]):\n    web = 'own.js'\n"
        "    @on(Press)\n    def press(self, state, act, cue): ...\n    def public(self, state): return scene()\n"
    )
    registry = Registry([EntryPoint("own", f"{tmp_path}/own.py", "oncue.formats")])
    monkeypatch.setattr(components, "format_named", registry.format_named)
    monkeypatch.setattr(components, "_assets", {})
    address = registry.format_named("own").web_address
    for path in (address, address.replace("/own/", "/own@1/"), address.replace("/own/", "/own@zz/")):
        served = await world.http.get(path)
        assert (served.status_code, served.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
        assert "sandbox" in served.headers["content-security-policy"]
    assert len(components._assets) == 1
