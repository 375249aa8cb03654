"""Who comes to a rehearsal, and what is rehearsed."""

import json
from collections import Counter

import pytest

from oncue.api.lab import NETWORKS
from oncue.api.rehearsal import PROFILES, read_networks, read_profiles, read_what
from oncue.api.rehearsal.habits import TRICKS
from oncue.api.rehearsal.profiles import places, spread
from oncue.engine.errors import BadInput, Unknown


def test_networks_are_shared_out_evenly_and_mixed():
    shares = read_networks("wifi=60, 4g=30,satellite=10")
    names = [one.name for one in spread(shares, 20)]
    assert Counter(names) == {"wifi": 12, "4g": 6, "satellite": 2}
    assert Counter(names[:10]) == Counter(names[10:])
    assert {one.networks[0][1] for one in shares} == {
        NETWORKS["wifi"],
        NETWORKS["4g"],
        NETWORKS["satellite"],
    }


def test_without_a_word_all_profiles_come():
    assert [one.name for one in read_profiles("")] == list(PROFILES)


def test_of_each_profile_that_is_wanted_there_is_somebody():
    counts = Counter(one.name for one in spread(read_profiles("home=95,trolls,cheaters,late=0"), 10))
    assert counts == {"home": 8, "trolls": 1, "cheaters": 1}


def test_a_small_audience_is_of_the_most_frequent():
    assert [one.name for one in spread(read_profiles(""), 2)] == ["home", "mobile"]


@pytest.mark.parametrize("size", [1, 3, 8, 13, 50, 499])
def test_all_seats_are_taken(size):
    assert len(spread(read_profiles(""), size)) == size


def test_a_stadium_shares_one_uplink_and_cheaters_try_one_trick_after_the_other():
    there = places(spread(read_profiles("stadium=4,cheaters=8"), 12))
    stadium = [one for one in there if one.profile.name == "stadium"]
    assert len({one.path.rate_kbit for one in stadium}) == 1
    assert stadium[0].path.rate_kbit >= 4 * 1000
    tricks = [one.trick for one in there if one.profile.name == "cheaters"]
    assert tricks[: len(TRICKS)] == list(TRICKS)


@pytest.mark.parametrize(
    ("read", "written", "code"),
    [
        (read_networks, "", "rehearse/bad-networks"),
        (read_networks, "wifi=many", "rehearse/bad-networks"),
        (read_networks, "wifi=0", "rehearse/bad-networks"),
        (read_networks, "wifi=nan", "rehearse/bad-networks"),
        (read_networks, "5g=10", "lab/no-network"),
        (read_networks, "10+-20ms", "lab/bad-path"),
        (read_profiles, "home=-1", "rehearse/bad-profiles"),
        (read_profiles, "martians=3", "rehearse/bad-profiles"),
    ],
)
def test_what_makes_no_sense_is_refused(read, written, code):
    with pytest.raises(BadInput) as wrong:
        read(written)
    assert wrong.value.code == code


def test_the_demos_rundown_is_rehearsed_where_nothing_is_named():
    assert [line["format"] for line in read_what("", 0).show["rundown"]] == ["poll", "trivia", "poll"]


def test_a_format_is_rehearsed_with_what_the_demo_has_of_it_and_not_for_ever():
    what = read_what("trivia", 0)
    assert [line["format"] for line in what.show["rundown"]] == ["trivia"]
    assert what.show["rundown"][0]["settings"]["questions"]
    assert what.seconds > 0


def test_a_rundown_is_read_from_a_file(tmp_path):
    file = tmp_path / "friday.json"
    file.write_text(json.dumps([{"format": "poll"}]))
    assert read_what(str(file), 0).show == {"rundown": [{"format": "poll"}]}


@pytest.mark.parametrize(("text", "code"), [("[1, 2]", "rehearse/bad-rundown"), (None, "rehearse/no-file")])
def test_a_file_that_is_no_show_is_named(tmp_path, text, code):
    file = tmp_path / "friday.json"
    if text:
        file.write_text(text)
    with pytest.raises(BadInput) as wrong:
        read_what(str(file), 0)
    assert wrong.value.code == code
    assert "friday.json" in wrong.value.message


def test_a_format_that_nobody_has_is_named():
    with pytest.raises(Unknown):
        read_what("triva", 0)
