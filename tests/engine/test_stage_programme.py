"""The show's own source as a seat on stage, and how a host moves it."""

import msgspec
import pytest
from evenings import BEGIN, batch
from hypothesis import given
from hypothesis import strategies as st

from oncue.engine import stage_views, surfaces, transport
from oncue.engine.house import Open
from oncue.engine.log import NONCE, Entry
from oncue.engine.show import Show
from oncue.engine.snapshot import load, save
from oncue.engine.stage_actions import Layout, Publishing, Record, Source, Sourced, StageRules, Transport
from oncue.engine.structs import Role, ShowId, seconds
from oncue.engine.wire import ProgrammeInfo, StageInfo

FILE = "/var/films/night.mp4"


class Evening:
    """A show with a picture, its host and its node."""

    def __init__(self, picture):
        self.show = Show(ShowId("films23456"), lambda name: None)
        self.now = BEGIN
        self.does(Open("Films", "FILMSX", "seed", (), picture), Role.SYSTEM)

    def does(self, action, role=Role.HOST):
        seq = self.show.seq + 1
        entry = Entry(7 if role == Role.HOST else 0, NONCE + seq, int(role), self.now, 0, 0, 0, action)
        self.show.fold(batch([("", msgspec.msgpack.encode(entry))]), seq)
        codes = [refusal.code for refusal in self.show.refused]
        self.show.refused.clear()
        return codes

    @property
    def stage(self):
        return surfaces.public(self.show, 1).stage

    @property
    def programme(self):
        return stage_views.orders(self.show, 1).programme


def film():
    evening = Evening(FILE)
    evening.does(Sourced(FILE, False, seconds(100)), Role.SYSTEM)
    return evening


def test_a_show_with_a_live_picture_and_nobody_else_sends_nothing_of_the_stage():
    evening = Evening("test")
    evening.does(Sourced("test", True), Role.SYSTEM)
    assert "stage" not in msgspec.json.decode(msgspec.json.encode(surfaces.public(evening.show, 1)))
    assert evening.programme == ProgrammeInfo("test", at=BEGIN)
    evening.does(StageRules(True))
    assert evening.stage.seats == (stage_views.SeatInfo("programme"),)


def test_a_file_is_told_with_where_it_is_but_not_where_it_lies():
    evening = film()
    assert evening.stage.programme == ProgrammeInfo("file", at=BEGIN, live=False, length=seconds(100))
    assert evening.programme.source == FILE
    assert surfaces.desk(evening.show, 1).stage.programme.source == FILE
    assert FILE.encode() not in msgspec.json.encode(surfaces.public(evening.show, 1))
    evening.does(Source("rtmp://key@example.org/live"))
    evening.does(StageRules(True))
    assert evening.stage.programme.source == "rtmp"


def test_a_film_stands_goes_on_and_is_moved():
    evening = film()
    evening.now += seconds(10)
    evening.does(Transport(playing=False))
    evening.now += seconds(10)
    assert transport.position(evening.programme, evening.now) == seconds(10)
    evening.does(Transport(playing=True, rate=2))
    evening.now += seconds(10)
    assert transport.position(evening.programme, evening.now) == seconds(30)
    evening.does(Transport(media=seconds(500)))
    assert evening.programme.media == seconds(100)
    evening.does(Transport(media=seconds(5)))
    evening.now += seconds(1)
    assert transport.position(evening.programme, evening.now) == seconds(7)


def test_a_file_that_is_opened_again_goes_on_where_it_is():
    evening = film()
    evening.now += seconds(10)
    evening.does(Transport(media=seconds(50)))
    evening.now += seconds(10)
    evening.does(Sourced(FILE, False, seconds(100)), Role.SYSTEM)
    evening.does(Sourced("/another", True), Role.SYSTEM)
    assert transport.position(evening.programme, evening.now) == seconds(60)


@pytest.mark.parametrize("act", [Transport(playing=False), Transport(media=0), Transport(rate=2)])
def test_what_is_live_can_only_play(act):
    evening = Evening("test")
    assert evening.does(act) == ["stage/live-source"]
    assert evening.does(Transport(playing=True, rate=1)) == []
    evening.does(Source(""))
    assert evening.does(act) == ["stage/no-source"]


def test_the_programme_is_a_seat_that_comes_and_goes():
    evening = Evening("")
    assert evening.does(Layout("grid", "programme")) == ["stage/layout"]
    evening.does(Source("test"))
    assert evening.does(Layout("pip", "programme", ("programme",), {"programme": 0.5})) == []
    assert (evening.stage.main, evening.stage.gains) == ("programme", {"programme": 0.5})
    evening.does(Source("test:640x360@15"))
    assert evening.stage.main == "programme"
    evening.does(Source(""))
    assert evening.stage == StageInfo(layout="pip")


def test_recording_is_an_order_and_on_the_desk():
    evening = Evening("test")
    evening.does(Record(True))
    assert (
        stage_views.orders(evening.show, 1).recording,
        surfaces.desk(evening.show, 1).stage.recording,
    ) == (
        True,
        True,
    )


@pytest.mark.parametrize("act", [Sourced("test", True), Publishing(7, True)])
def test_only_the_node_says_what_comes(act):
    evening = Evening("test")
    assert evening.does(act) == ["auth/forbidden"]


def test_a_snapshot_has_the_programme():
    evening = film()
    evening.does(Transport(rate=0.75))
    again = load(save(evening.show), evening.show.formats)
    assert again.stage == evening.show.stage


@given(
    st.lists(
        st.tuples(
            st.integers(0, seconds(10)),
            st.sampled_from([None, True, False]),
            st.none() | st.integers(0, seconds(120)),
            st.sampled_from([None, 0.25, 0.5, 1.0, 1.5, 4.0]),
        ),
        max_size=12,
    )
)
def test_a_film_is_never_outside_of_itself_and_only_a_seek_jumps(moves):
    now = BEGIN
    info = ProgrammeInfo("file", at=now, live=False, length=seconds(100))
    for span, playing, media, rate in moves:
        before = transport.position(info, now)
        now += span
        after = transport.position(info, now)
        assert 0 <= before <= after <= seconds(100)
        assert after - before <= span * info.rate
        info = transport.moved(info, now, playing=playing, media=media, rate=rate)
        expected = after if media is None else min(media, seconds(100))
        assert transport.position(info, now) == expected
