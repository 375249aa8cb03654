"""What the fold of a show costs: trivia with 100,000 viewers, on one core, from batches of the log to scenes as JSON.

`actions_per_s`: answers decoded, deduplicated, checked for their role, judged and handled, with the public scene encoded and the viewers
who changed collected for every 100 ms of show time. `settle_ms` is the fairness
report of a round that all have answered, a part of `reveal_ms`, and `bytes_per_answer` what the round needs until then.
`bytes_per_viewer`: growth of the resident memory of a fresh process when they join, before the format remembers anything of them
(`traced_bytes_per_viewer`: what Python asked for). `bare_per_s` is a loop that only decodes, looks up and remembers, in the same run: on a
noisy machine look at `ratio_bare`.
"""

import gc
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from oncue.engine import surfaces
from oncue.engine.cue import Settles
from oncue.engine.house import Join, Open, Start
from oncue.engine.judge import POLICY
from oncue.engine.log import NONCE, VERSION, Batch, Entry, Part, decode_batch, encode_batch, encode_entries
from oncue.engine.rounds import settle
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.snapshot import load, save
from oncue.engine.structs import Action, Micros, Role, ShowId, ViewerId, seconds
from oncue.formats.questions import Answer
from oncue.formats.trivia import Ask, Reveal, Trivia

VIEWERS = 100_000
ROUNDS = 5
BEGIN: Micros = 1_750_000_000_000_000
SECONDS = 10
"""In which all answers to a question come."""
SCENE: Micros = seconds(0.1)
OPTIONS = ["Lyon", "Paris", "Marseille", "Nice"]
QUESTION = {
    "kind": "choice",
    "text": "What is the capital of France?",
    "options": OPTIONS,
    "right": 1,
    "seconds": 15,
}
NAMES = (
    "Ada",
    "Bob",
    "Chloé",
    "Dmitri",
    "Esperanza",
    "Fatima",
    "Günther",
    "Hana",
    "Ines",
    "Juan-Carlos",
    "Keiko",
    "Lars",
    "Mohammed",
    "Nia",
    "Oksana",
    "Priya",
)

to_json = msgspec.json.Encoder().encode


class Evening:
    """A show that writes its own log."""

    def __init__(self, viewers: int) -> None:
        self.show = Show(ShowId("benchbench"), lambda _: Trivia)
        self.random = random.Random(1)
        self.viewers = self.random.sample(range(1, 2**53), viewers)
        self.tabs = [self.random.getrandbits(32) * NONCE for _ in self.viewers]
        self.acted = 0
        self.seq = 0
        self.now = BEGIN
        settings = {"questions": [QUESTION] * (ROUNDS + 1)}
        self.staff(
            "",
            Open("Bench", "BENCHX", "seed", (SegmentSpec("s1", "trivia", "Trivia", settings),)),
            Role.SYSTEM,
        )
        self.staff("", Start("s1"))

    def staff(self, segment: str, action: Action, role: Role = Role.HOST) -> None:
        self.fold([self.batch(segment, [Entry(1, NONCE + self.seq, int(role), self.now, 0, 0, 0, action)])])

    def batch(self, segment: str, entries: list[Entry[Any]]) -> bytes:
        self.seq += 1
        return encode_batch(Batch(VERSION, "bench", self.seq, [Part(segment, encode_entries(entries))]))

    def fold(self, batches: list[bytes]) -> None:
        for data in batches:
            self.show.fold(decode_batch(data), self.show.seq + 1)
        self.show.refused.clear()
        self.show.joined.clear()
        self.show.judged.clear()

    def entries(self, action: Callable[[int], Action], span: Micros) -> Iterator[Entry[Any]]:
        """One action of each viewer, in a random order, spread over a span; pictures are half a second behind."""
        self.acted += 1
        order = self.random.sample(range(len(self.viewers)), len(self.viewers))
        for place, i in enumerate(order):
            at = self.now + span * place // len(order)
            number = self.tabs[i] + self.acted
            yield Entry(
                self.viewers[i], number, int(Role.AUDIENCE), at, at - 500_000, 500_000, 100_000, action(i)
            )
        self.now += span

    def batches(self, segment: str, entries: Iterator[Entry[Any]]) -> list[bytes]:
        """Batches of 150 to 500, as the intake makes them under load."""
        out, waiting = [], list(entries)
        while waiting:
            size = self.random.randrange(150, 500)
            out.append(self.batch(segment, waiting[:size]))
            waiting = waiting[size:]
        return out

    def joins(self) -> list[bytes]:
        """Everybody comes in."""
        return self.batches(
            "", self.entries(lambda i: Join(f"{NAMES[i % len(NAMES)]} {i}"), seconds(SECONDS))
        )

    def answers(self) -> list[bytes]:
        """A question is asked, and everybody answers."""
        self.staff("s1", Ask())
        self.now += seconds(1)
        drawn = self.random.choices(range(4), k=len(self.viewers))
        return self.batches("s1", self.entries(lambda i: Answer(drawn[i]), seconds(SECONDS)))

    def reveal(self) -> None:
        self.now += seconds(20)
        while self.show.due:
            _, number = self.show.due
            timer = Entry(0, number, int(Role.CLOCK), self.now, 0, 0, 0, self.show.timers[number].action)
            self.fold([self.batch("s1", [timer])])
        self.staff("s1", Reveal())


def timed(work: Callable[[], Any]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def play(evening: Evening, batches: list[bytes]) -> None:
    """What a runner does with a show whose audience answers."""
    show, shown = evening.show, evening.show.now
    for data in batches:
        show.fold(decode_batch(data), show.seq + 1)
        if show.now - shown >= SCENE:
            shown = show.now
            to_json(surfaces.public(show, 1))
            assert show.segment
            show.segment.changed()


class Bare:
    """The least that a fold can do: decode, look the viewer up, remember their number and their answer. No engine, no format."""

    def __init__(self) -> None:
        self.decoder = msgspec.msgpack.Decoder(list[Entry[Answer]])
        self.numbers: dict[int, int] = {}
        self.given: dict[int, tuple[int, int]] = {}
        self.counts = [0] * len(OPTIONS)

    def play(self, batches: list[bytes]) -> None:
        """All entries of a question."""
        numbers, given, counts = self.numbers, self.given, self.counts
        for data in batches:
            for part in decode_batch(data).parts:
                for entry in self.decoder.decode(part.entries):
                    viewer, choice = entry.viewer, entry.action.choice
                    if entry.number > numbers.get(viewer, 0):
                        numbers[viewer] = entry.number
                        given[viewer] = (choice, entry.position)
                        counts[choice] += 1


def memory(traced: bool) -> int:
    """Bytes for each viewer who has joined: run in a process of its own."""
    evening = Evening(VIEWERS)
    entries = evening.joins()
    gc.collect()
    if traced:
        tracemalloc.start()
    before = _resident()
    evening.fold(entries)
    return round((tracemalloc.get_traced_memory()[0] if traced else _resident() - before) / VIEWERS)


def _resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def _measured(what: str) -> int:
    code = f"from bench import engine; print(engine.memory({what == 'traced'}))"
    out = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(out.stdout)


def main() -> dict[str, float]:
    """Several rounds, each with its bare loop; medians."""
    gc.freeze()
    evening = Evening(VIEWERS)
    show, bare = evening.show, Bare()
    joins = evening.joins()
    taken: dict[str, list[float]] = {"joins": [timed(lambda: evening.fold(joins))]}
    for number in range(1, ROUNDS + 1):
        for name, cpu in played(evening, bare).items():
            taken.setdefault(name, []).append(cpu)
        actions, floor = VIEWERS / taken["actions"][-1], VIEWERS / taken["bare"][-1]
        print(f"round {number}: {actions:,.0f} actions/s; bare {floor:,.0f}/s; ratio {actions / floor:.2f}")
    data = save(show)
    pairs = zip(taken["bare"], taken["actions"], strict=True)
    return {
        "actions_per_s": round(VIEWERS / median(taken["actions"])),
        "bytes_per_viewer": _measured("resident"),
        "traced_bytes_per_viewer": _measured("traced"),
        "bare_per_s": round(VIEWERS / median(taken["bare"])),
        "ratio_bare": round(median(floor / cpu for floor, cpu in pairs), 3),
        "joins_per_s": round(VIEWERS / median(taken["joins"])),
        "private_scenes_per_s": round(VIEWERS / median(taken["privates"])),
        "settle_ms": round(median(taken["settle"]) * 1e3, 1),
        "bytes_per_answer": round(median(taken["bytes_per_answer"]), 1),
        "reveal_ms": round(median(taken["reveal"]) * 1e3, 1),
        "snapshot_ms": round(median(taken["snapshot"]) * 1e3, 1),
        "snapshot_mb": round(len(data) / 1e6, 1),
        "load_ms": round(timed(lambda: load(data, show.formats)) * 1e3, 1),
    }


def played(evening: Evening, bare: Bare) -> dict[str, float]:
    """One question from asking to everybody's private scene: CPU seconds of each part, and the size of a round."""
    show, batches = evening.show, evening.answers()
    counted = show.counted
    took = {"bare": timed(lambda: bare.play(batches)), "actions": timed(lambda: play(evening, batches))}
    assert show.counted - counted == VIEWERS
    assert show.segment
    assert show.segment.round
    open_round = show.segment.round
    took["settle"] = timed(lambda: settle(open_round, Settles(), "s1", POLICY, str))
    took["bytes_per_answer"] = len(open_round.packed) / VIEWERS
    took["reveal"] = timed(evening.reveal)
    changed = [ViewerId(viewer) for viewer in show.segment.changed()]
    assert len(changed) == VIEWERS
    took["privates"] = timed(lambda: [to_json(surfaces.private(show, 1, viewer)) for viewer in changed])
    took["snapshot"] = timed(lambda: save(show))
    return took
