"""A show's log over the host API: exported, imported, forked, looked into."""

import asyncio

import msgspec
import pytest
from log_files import golden, written

from oncue.api.log import archive as archives
from oncue.api.log.archive import Archive, Witness
from oncue.api.log.importing import own_id
from oncue.engine.house import Join
from oncue.engine.live import read_log
from oncue.engine.live.store import ShowRow
from oncue.engine.player import cut
from oncue.engine.replay import play, state_hash
from oncue.engine.structs import Role, ShowId
from oncue.formats.poll import Vote
from oncue.formats.registry import format_named


@pytest.fixture
async def played(live):
    """A poll in which two have voted, still open."""
    live.clock.skip = 60  # the owner's clock goes on
    made = await live.show()
    show = made | {"headers": live.as_(made["token"]), "path": f"/api/shows/{made['id']}"}
    await live.http.post(f"{show['path']}/segments/s1/start", headers=show["headers"])
    await live.http.post(
        f"{show['path']}/segments/s1/actions", json={"type": "open"}, headers=show["headers"]
    )
    for name, choice in (("Ana", 1), ("Bo", 1)):
        joined = await live.join(made["code"])
        await live.act(show["id"], "", Join(name), joined["viewer"])
        await live.act(show["id"], "s1", Vote(choice), joined["viewer"])
        show[name] = joined
    return show


async def exported(world, show, path, **params):
    answer = await world.http.get(f"/api/shows/{show}/log/export", params=params, headers=world.admin)
    assert answer.status_code == 200, answer.text
    path.write_bytes(answer.content)
    return Archive(path)


async def sent(world, path, **params):
    return await world.http.post("/api/logs", content=path.read_bytes(), params=params, headers=world.admin)


async def seqs(world, show, kind):
    """The sequences of the entries of this type."""
    log = await world.http.get(f"{show['path']}/log", headers=show["headers"])
    lines = map(msgspec.json.decode, log.text.splitlines())
    return [line["seq"] for line in lines if line["type"] == kind]


def votes(answer):
    sheet = answer.json()["sheets"][0]
    option, count = sheet["columns"].index("option"), sheet["columns"].index("votes")
    return {row[option]: row[count] for row in sheet["rows"]}


async def test_an_export_has_every_message_and_the_state_that_the_owner_has(live, played, tmp_path, engine):
    owner = engine.owner(played["id"])
    found = await exported(live, played["id"], tmp_path / "a.oncue", sign=True)
    assert list(found.messages()) == [one async for one in read_log(live.services.bus, played["id"])]
    assert found.header.title == "Friday"
    assert found.finish.state == Witness(found.finish.last, state_hash(owner.show))
    assert [(one.segment, one.format) for one in found.finish.rundown] == [("s1", "poll")]
    key = (await live.http.get("/api/log/key")).json()["key"]
    assert found.signature
    assert found.signature.key == key


async def test_a_host_cannot_have_what_is_secret_in_a_log(live, played):
    answer = await live.http.get(f"{played['path']}/log/export", headers=played["headers"])
    assert answer.json()["code"] == "auth/forged"


@pytest.mark.parametrize("role", ["audience", "guest", "display", "moderator"])
async def test_who_does_not_run_a_show_gets_nothing_of_its_log(live, played, role):
    made = await live.http.post(f"{played['path']}/links", json={"role": role}, headers=played["headers"])
    mine = live.as_(made.json()["token"])
    asked = [
        await live.http.get(f"{played['path']}/log/export", headers=mine),
        await live.http.post("/api/logs", content=b"", headers=mine),
        await live.http.post(f"{played['path']}/fork", json={"at": "9"}, headers=mine),
        await live.http.get(f"{played['path']}/state", headers=mine),
        await live.http.get("/api/webhooks", headers=mine),
    ]
    forged, forbidden = (401, "auth/forged"), (403, "auth/forbidden")
    assert [(answer.status_code, answer.json()["code"]) for answer in asked] == [
        forged, forged, forbidden, forbidden, forged,
    ]  # fmt: skip


async def test_an_import_is_a_closed_show_with_all_that_there_was(live, played, tmp_path):
    await live.http.delete(played["path"], headers=played["headers"])
    found = await exported(live, played["id"], tmp_path / "a.oncue")
    answer = await sent(live, tmp_path / "a.oncue")
    made = answer.json()
    assert (answer.status_code, made["same"], made["state"], made["of"]) == (
        201,
        True,
        "closed",
        played["id"],
    )
    assert made["id"] != played["id"]
    path, mine = f"/api/shows/{made['id']}", live.as_(made["token"])
    results = await live.http.get(f"{path}/segments/s1/results", headers=mine)
    assert votes(results) == {"Pizza": 0, "Soup": 2}
    old = (await live.http.get(f"{played['path']}/log", headers=played["headers"])).text.splitlines()
    new = (await live.http.get(f"{path}/log", headers=mine)).text.splitlines()
    assert [msgspec.json.decode(line) | {"seq": 0} for line in new] == [
        msgspec.json.decode(line) | {"seq": 0} for line in old
    ]
    audit = [line.what["type"] for line in await live.services.store.audit(made["id"])]
    assert audit == ["start", "open", "close"]
    assert {one.name for one in await live.services.store.people(made["id"])} == {"Ana", "Bo"}
    again = await sent(live, tmp_path / "a.oncue")
    assert (again.status_code, again.json()["id"], again.json()["new"]) == (200, made["id"], False)
    assert len(list(found.messages())) == made["messages"]


async def test_an_evening_that_was_judged_again_is_imported_as_it_ended(world, tmp_path):
    log = golden("trivia-amended")
    show = play(ShowId("rehearsal2"), format_named, log)
    path = written(tmp_path / "a.oncue", log, state=Witness(log[-1][0], state_hash(show)))
    made = (await sent(world, path, **{"as": "goldenevng"})).json()
    assert (made["id"], made["same"], made["new"]) == ("goldenevng", True, True)
    rows = await world.services.store.results("goldenevng", "s1")
    assert rows == show.segments["s1"].rows(show.now)
    assert await world.services.store.rounds("goldenevng") == show.segments["s1"].reports
    taken = await sent(world, path, **{"as": "goldenevng"})
    assert (taken.status_code, taken.json()["code"]) == (409, "show/taken")


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (lambda log: log[1:], "log/unreadable"),
        (lambda log: [*log[:9], (log[8][0] + 1, b"junk"), *log[10:]], "log/unreadable"),
        (lambda log: [(log[0][0], log[0][1].replace(b"\xa4poll", b"\xa4plop")), *log[1:]], "replay/version"),
        (None, "archive/cut"),
    ],
)
async def test_nothing_of_a_bad_archive_is_imported(world, tmp_path, broken, code):
    log = golden("poll")
    wrong = broken(log) if broken else log
    path = tmp_path / "a.oncue"
    written(path, [one for one in wrong if one[1] != b"junk"])
    if any(data == b"junk" for _, data in wrong):
        writer = archives.Writer()
        header = Archive(path).header
        parts = [writer.begin(header), *(writer.add(seq, data, 1) for seq, data in wrong), writer.end()]
        path.write_bytes(b"".join(parts))
    id = own_id(Archive(path))
    if broken is None:
        path.write_bytes(path.read_bytes()[:-3])
    answer = await sent(world, path)
    assert answer.json()["code"] == code, answer.text
    assert [one async for one in read_log(world.services.bus, id)] == []
    gone = await world.http.get(f"/api/shows/{id}", headers=world.admin)
    assert gone.json()["code"] == "show/unknown"


async def test_an_archive_that_is_too_large_is_refused(make_world, tmp_path):
    async with make_world(archive_bytes=2000) as world:
        answer = await sent(world, written(tmp_path / "a.oncue", golden("trivia")))
    assert (answer.status_code, answer.json()["code"]) == (413, "input/too-large")


async def test_a_fork_is_live_from_its_cue_on_and_people_find_their_scores(live, played):
    seq = (await seqs(live, played, "vote"))[0]  # Ana has voted, Bo has not joined yet
    await live.http.delete(played["path"], headers=played["headers"])
    answer = await live.http.post(
        f"{played['path']}/fork", json={"at": str(seq), "title": "Once more"}, headers=played["headers"]
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["of"], made["seq"], made["people"]) == (played["id"], seq, 1)
    mine, path = live.as_(made["token"]), f"/api/shows/{made['id']}"
    assert (await live.http.get(path, headers=mine)).json()["title"] == "Once more"
    ana = await live.join(made["code"], token=played["Ana"]["token"])
    assert ana["viewer"] == played["Ana"]["viewer"]
    stranger = await live.join(made["code"], token="x")
    assert stranger["viewer"] != played["Bo"]["viewer"]
    await live.act(made["id"], "", Join("Cleo"), stranger["viewer"])
    await live.act(made["id"], "s1", Vote(0), stranger["viewer"])
    results = await live.http.get(f"{path}/segments/s1/results", headers=mine)
    assert votes(results) == {"Pizza": 1, "Soup": 1}
    state = (await live.http.get(f"{path}/state", headers=mine)).json()
    assert (state["forked"], state["phase"]) == ({"of": played["id"], "seq": seq}, "open")
    assert sorted(one["name"] for one in state["people"].values() if one["name"]) == ["Ana", "Cleo"]
    old = await live.http.get(f"{played['path']}/segments/s1/results", headers=played["headers"])
    assert votes(old) == {"Pizza": 0, "Soup": 2}


async def test_a_fork_in_the_middle_of_a_message_has_the_entries_before_it(live, played):
    log = [one async for one in read_log(live.services.bus, played["id"])]
    seq, data = log[0]
    assert cut(data, 1) == data
    answer = await live.http.post(
        f"{played['path']}/fork", json={"at": f"{seq}:1"}, headers=played["headers"]
    )
    made = answer.json()
    state = await live.http.get(f"/api/shows/{made['id']}/state", headers=live.as_(made["token"]))
    assert (state.json()["segments"][0]["phase"], made["people"]) == ("ready", 0)


async def test_the_state_at_an_entry_is_what_it_was(live, played):
    one, two = await seqs(live, played, "vote")
    for seq, voted in ((one - 1, 0), (one, 1), (two, 2)):
        state = await live.http.get(f"{played['path']}/state", params={"at": seq}, headers=played["headers"])
        assert len(state.json()["segments"][0]["state"]["votes"]) == voted
    assert "seed" not in state.text
    for moment, code in (("0", "log/before"), ("abc", "input/invalid"), ("1:x", "input/invalid")):
        refused = await live.http.get(
            f"{played['path']}/state", params={"at": moment}, headers=played["headers"]
        )
        assert refused.json()["code"] == code
    viewer = live.as_(played["Ana"]["token"])
    assert (await live.http.get(f"{played['path']}/state", headers=viewer)).json()["code"] == "auth/forbidden"


async def test_an_import_whose_node_died_over_it_is_made_anew(world, tmp_path):
    path = written(tmp_path / "a.oncue", golden("buzzer"))
    id = own_id(Archive(path))
    await world.services.store.add_show(ShowRow(id=id, code="HALFWY", title="", state="importing"))
    made = (await sent(world, path)).json()
    assert (made["id"], made["new"], made["state"]) == (id, True, "closed")
    assert (await world.services.store.show(id)).state == "closed"
    assert len([one async for one in read_log(world.services.bus, id)]) == made["messages"]
    assert await world.services.store.results(id, "s1")


async def test_what_an_upgrade_says_of_its_log_is_true_of_the_imported_one():
    from oncue.api.log.writing import Sequences
    from oncue.engine.log import VERSION, Batch, Entry, Part, decode_batch, encode_batch, encode_entries
    from oncue.engine.player import pieces, read
    from oncue.engine.versions import Upgraded

    sequences = Sequences()
    for old, new in ((7, 1001), (9, 1002), (30, 1008)):
        sequences.add(old, new)
    entry = Entry(0, 1, int(Role.SYSTEM), 5, 0, 0, 0, Upgraded("s1", "2", since=12))
    data = encode_batch(Batch(VERSION, "n", 1, [Part("", encode_entries([entry]))]))
    ((_, raw),) = pieces(decode_batch(sequences.moved(data)))
    moved = read(raw)
    assert moved
    assert moved.action["since"] == 1002
    assert sequences.moved(b"anything") == b"anything"


async def test_two_imports_of_the_same_at_once_make_one_show(world, tmp_path):
    path = written(tmp_path / "a.oncue", golden("poll-texts"))
    answers = await asyncio.gather(sent(world, path), sent(world, path))
    good = [answer.json()["id"] for answer in answers if answer.status_code in (200, 201)]
    assert good, [answer.text for answer in answers]
    assert len(set(good)) == 1
    log = [data async for _, data in read_log(world.services.bus, good[0])]
    assert log == [data for _, data in golden("poll-texts")]
