"""Tokens, keys and limits."""

import jwt
import pytest

from oncue.api.auth import ROLES, Tokens, is_key
from oncue.api.ids import CODE_LETTERS, new_code, new_show_id, new_viewer, read_code
from oncue.api.limits import Later, Limit, address
from oncue.api.settings import Settings
from oncue.engine.errors import Denied, Forbidden
from oncue.engine.structs import Role, ViewerId

SECRET = b"s" * 32
NOW = 1_800_000_000
HOUR = 3600


class Clock:
    """A clock that is set by hand."""

    seconds: float = NOW

    def now(self) -> int:
        return round(self.seconds * 1e6)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tokens(clock):
    return Tokens(SECRET, settings=Settings(), now=clock.now)


@pytest.mark.parametrize("role", ROLES.values())
def test_a_token_says_what_was_signed(tokens, role):
    claims = tokens.verify(tokens.sign(ViewerId(2**53 - 1), "k3v9mq2xta", role, "Zoë"))
    assert (claims.viewer, claims.show, claims.role, claims.name) == (2**53 - 1, "k3v9mq2xta", role, "Zoë")
    hours = 24 if role in (Role.HOST, Role.PRODUCER, Role.MODERATOR) else 168
    assert (claims.iat, claims.exp) == (NOW, NOW + hours * HOUR)


def test_a_token_ends_on_show_time(tokens, clock):
    token = tokens.sign(ViewerId(1), "s", Role.HOST)
    clock.seconds = NOW + 24 * HOUR - 1
    tokens.verify(token)
    clock.seconds += 1
    with pytest.raises(Denied) as expired:
        tokens.verify(token)
    assert expired.value.code == "auth/expired"
    tokens.verify(token, grace_s=60)


def test_a_token_is_for_one_show_and_its_role(tokens):
    token = tokens.sign(ViewerId(1), "s", Role.MODERATOR)
    tokens.verify(token, show="s", roles=Role.MODERATOR | Role.HOST)
    for wrong, code in (({"show": "t"}, "auth/other-show"), ({"roles": Role.HOST}, "auth/forbidden")):
        with pytest.raises(Forbidden) as refused:
            tokens.verify(token, **wrong)
        assert (refused.value.code, refused.value.status) == (code, 403)


def test_no_token_is_missing(tokens):
    with pytest.raises(Denied) as missing:
        tokens.verify("")
    assert missing.value.code == "auth/missing"


def forged() -> dict[str, str]:
    """Tokens that are none of ours."""
    good = {"sub": "1", "show": "s", "role": "host", "iat": NOW, "exp": NOW + HOUR}
    other = jwt.encode(good, b"t" * 32, "HS256")
    head, body, _ = jwt.encode(good, SECRET, "HS256").split(".")
    return {
        "nonsense": "x.y.z",
        "other secret": other,
        "other hash": jwt.encode(good, SECRET * 2, "HS512"),
        "no signature": jwt.encode(good, None, "none"),
        "cut off": f"{head}.{body}.",
        "too long": "x" * 5000,
        "not ascii": "é.é.é",
        "unknown role": jwt.encode(good | {"role": "clock"}, SECRET, "HS256"),
        "system": jwt.encode(good | {"role": "system"}, SECRET, "HS256"),
        "no end": jwt.encode({k: v for k, v in good.items() if k != "exp"}, SECRET, "HS256"),
        "no viewer": jwt.encode({k: v for k, v in good.items() if k != "sub"}, SECRET, "HS256"),
        "viewer is a word": jwt.encode(good | {"sub": "me"}, SECRET, "HS256"),
        "show is a list": jwt.encode(good | {"exp": [1]}, SECRET, "HS256"),
    }


@pytest.mark.parametrize("token", forged().values(), ids=forged().keys())
def test_a_token_that_we_did_not_sign_as_it_is_is_forged(tokens, token):
    with pytest.raises(Denied) as denied:
        tokens.verify(token)
    assert (denied.value.code, denied.value.status) == ("auth/forged", 401)


def test_a_key_is_the_key_or_not():
    assert is_key("schlüssel", "schlüssel")
    assert not is_key("schlüsse", "schlüssel")
    assert not is_key("", "schlüssel")


def test_ids_and_codes_are_as_agreed():
    assert all(
        len(new_show_id()) == 10 and set(new_show_id()) <= set("abcdefghijklmnopqrstuvwxyz234567")
        for _ in range(50)
    )
    assert all(0 < new_viewer() < 2**53 for _ in range(50))
    assert all(len(new_code()) == 6 and set(new_code()) <= set(CODE_LETTERS) for _ in range(50))
    assert all(read_code(code) == code for code in (new_code() for _ in range(50)))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("abc234", "ABC234"),
        (" ab-c 234", "ABC234"),
        ("O0Il1J", "QQJJJJ"),
        ("ABC23", ""),
        ("ABC2345", ""),
        ("ÄBC234", ""),
    ],
)
def test_a_code_is_read_forgivingly(typed, read):
    assert read_code(typed) == read


def test_a_limit_lets_a_burst_through_and_then_its_rate(clock):
    limit = Limit(10, 5, clock.now)
    assert [limit.wait("a") for _ in range(5)] == [0] * 5
    assert limit.wait("a") == 100_000
    assert limit.wait("b") == 0
    clock.seconds += 0.1
    assert limit.wait("a") == 0
    with pytest.raises(Later) as later:
        limit.take("a", "join/too-many", "too many")
    assert (later.value.status, later.value.code, later.value.hint) == (
        429,
        "join/too-many",
        "try again in 1 s",
    )
    clock.seconds += 100
    assert [limit.wait("a") for _ in range(6)] == [0] * 5 + [100_000]


def test_a_limit_forgets_keys_that_are_at_rest(clock, monkeypatch):
    monkeypatch.setattr("oncue.api.limits.KEYS", 100)
    limit = Limit(10, 5, clock.now)
    for i in range(100):
        limit.wait(str(i))
    clock.seconds += 1
    limit.wait("new")
    assert len(limit._due) == 1


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "counted"),
    [
        ("10.0.0.1", [], 0, "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6"], 0, "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4"], 1, "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6", "1.2.3.4, 10.0.0.2"], 2, "1.2.3.4"),
        ("10.0.0.1", ["1.2.3.4"], 2, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", [], 0, "2001:db8:1:2::/64"),
        ("::ffff:1.2.3.4", [], 0, "::ffff:1.2.3.4"),
        ("unix", [], 0, "unix"),
    ],
)
def test_a_limit_counts_for_whom_our_own_proxies_saw(peer, forwarded, proxies, counted):
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    assert address({"type": "http", "client": (peer, 1), "headers": headers}, proxies) == counted
