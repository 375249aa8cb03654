"""Which relay a viewer is sent to, of those that were heard of."""

import msgspec
import pytest

from oncue.api.admission import Admission, address, names
from oncue.api.auth import Tokens
from oncue.api.relays import Relays
from oncue.api.settings import Settings
from oncue.engine.errors import Denied
from oncue.engine.live import RelayCard
from oncue.engine.structs import Role, ViewerId


class Hearing:
    """What a node hears of relays, with a clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000_000
        self.relays = Relays(lambda: self.now)

    def hear(self, node: str, *, branch: bool = False) -> None:
        self.relays.seen(node, msgspec.json.encode(RelayCard(f"https://{node}:4443/", "ab", branch=branch)))

    def nodes(self) -> dict[int, str]:
        found = {viewer: self.relays.of(ViewerId(viewer)) for viewer in range(1, 200)}
        return {viewer: card.url for viewer, card in found.items() if card}


def test_nobody_is_sent_anywhere_while_no_relay_is_heard_of() -> None:
    hearing = Hearing()
    assert hearing.relays.of(ViewerId(7)) is None
    assert hearing.relays.studio() is None


def test_viewers_are_spread_evenly_and_each_always_goes_to_the_same_one() -> None:
    hearing = Hearing()
    hearing.hear("studio")
    hearing.hear("second", branch=True)
    before = hearing.nodes()
    assert 90 <= list(before.values()).count("https://studio:4443/") <= 110
    hearing.hear("second", branch=True)
    hearing.hear("studio")
    assert hearing.nodes() == before


def test_a_relay_that_is_silent_for_five_seconds_gets_nobody_any_more() -> None:
    hearing = Hearing()
    hearing.hear("second", branch=True)
    hearing.now += 3_000_000
    hearing.hear("studio")
    hearing.now += 3_000_000
    assert set(hearing.nodes().values()) == {"https://studio:4443/"}


def test_the_studio_is_the_one_that_is_no_branch() -> None:
    hearing = Hearing()
    hearing.hear("a-branch", branch=True)
    assert hearing.relays.studio() is None
    hearing.hear("the-studio")
    found = hearing.relays.studio()
    assert found
    assert found[0] == "the-studio"


def test_a_relay_admits_only_into_shows_that_are_on_and_nobody_who_was_banned() -> None:
    tokens = Tokens(b"s" * 32, settings=Settings(), now=lambda: 1_800_000_000_000_000)
    admission = Admission(tokens)
    ann = tokens.sign(ViewerId(7), "friday", Role.AUDIENCE)
    with pytest.raises(Denied) as refused:
        admission.admit(ann)
    assert refused.value.code == "show/closed"
    admission.open("friday")
    assert (admission.admit(ann).viewer, admission.admit(ann).role) == (7, "audience")
    admission.ban("friday", 7)
    with pytest.raises(Denied) as refused:
        admission.admit(ann)
    assert refused.value.code == "show/kicked"


def test_browsers_are_told_the_public_name_and_certificates_have_it() -> None:
    settings = Settings(public_url="https://live.example.org", host="0.0.0.0")
    assert address(settings, "0.0.0.0", 4445) == "https://live.example.org:4445/"
    assert names(settings) == ("localhost", "127.0.0.1", "live.example.org")
    assert address(Settings(host="::1"), "::1", 4443) == "https://[::1]:4443/"
