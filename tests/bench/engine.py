"""What the fold of a show costs: trivia with 100,000 viewers, on one core, from batches of the log to scenes as JSON.

`actions_per_s`: answers decoded, deduplicated, checked for their role, judged and handled, with the public scene encoded and the viewers
who changed collected for every 100 ms of show time. `bytes_per_viewer`: growth of the resident memory of a fresh process when they join,
before the format remembers anything of them (`traced_bytes_per_viewer`: what Python asked for). `bare_per_s` is a loop that only decodes,
looks up and counts, in the same run: on a noisy machine look at `ratio_bare`.
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
from oncue.engine.house import Join, Open, Start
from oncue.engine.log import NONCE, VERSION, Batch, Entry, Part, decode_batch, encode_batch, encode_entries
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.snapshot import load, save
from oncue.engine.structs import Action, Micros, Role, ShowId, ViewerId, seconds
from oncue.formats.trivia import Answer, Ask, Reveal, Trivia

VIEWERS = 100_000
ROUNDS = 5
BEGIN: Micros = 1_750_000_000_000_000
SECONDS = 10
"""In which all answers to a question come."""
SCENE: Micros = seconds(0.1)
OPTIONS = ["Lyon", "Paris", "Marseille", "Nice"]
QUESTION = {"kind": "choice", "text": "What is the capital of France?", "options": OPTIONS, "right": 1, "seconds": 15}
NAMES = "Ada Bob Chloé Dmitri Esperanza Fatima Günther Hana Ines Juan-Carlos Keiko Lars Mohammed Nia Oksana Priya".split()

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
        self.staff("", Open("Bench", "BENCHX", "seed", (SegmentSpec("s1", "trivia", "Trivia", settings),)), Role.SYSTEM)
        self.staff("", Start("s1"))

    def staff(self, segment: str, action: Action, role: Role = Role.HOST) -> None:
        self.fold([self.batch(segment, [Entry(1, NONCE + self.seq, int(role), self.now, 0, 0, action)])])

    def batch(self, segment: str, entries: list[Entry[Any]]) -> bytes:
        self.seq += 1
        return encode_batch(Batch(VERSION, "bench", self.seq, [Part(segment, encode_entries(entries))]))

    def fold(self, batches: list[bytes]) -> None:
        for data in batches:
            self.show.fold(decode_batch(data), self.show.seq + 1)
        self.show.refused.clear()

    def entries(self, action: Callable[[int], Action], span: Micros) -> Iterator[Entry[Any]]:
        """One action of each viewer, in a random order, spread over a span; pictures are half a second behind."""
        self.acted += 1
        order = self.random.sample(range(len(self.viewers)), len(self.viewers))
        for place, i in enumerate(order):
            at = self.now + span * place // len(order)
            number = self.tabs[i] + self.acted
            yield Entry(self.viewers[i], number, int(Role.AUDIENCE), at, at - 500_000, 600_000, action(i))
        self.now += span

    def batches(self, segment: str, entries: Iterator[Entry[Any]]) -> list[bytes]:
        """Batches of 150 to 500, as the intake makes them under load."""
        out, waiting = [], list(entries)
        while waiting:
            size = self.random.randrange(150, 500)
            out.append(self.batch(segment, waiting[:size]))
            waiting = waiting[size:]
        return out

    def join(self) -> None:
        name = lambda i: Join(f"{NAMES[i % len(NAMES)]} {i}")  # noqa: E731
        self.fold(self.batches("", self.entries(name, seconds(SECONDS))))

    def answers(self) -> list[bytes]:
        """A question is asked, and everybody answers."""
        self.staff("s1", Ask())
        self.now += seconds(1)
        drawn = self.random.choices(range(4), k=len(self.viewers))
        return self.batches("s1", self.entries(lambda i: Answer(drawn[i]), seconds(SECONDS)))

    def reveal(self) -> None:
        self.now += seconds(20)
        for number, timer in sorted(self.show.timers.items()):
            self.fold([self.batch("s1", [Entry(0, number, int(Role.CLOCK), self.now, 0, 0, timer.action)])])
        for number, timer in sorted(self.show.timers.items()):
            self.fold([self.batch("s1", [Entry(0, number, int(Role.CLOCK), self.now, 0, 0, timer.action)])])
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


def bare(batches: list[bytes]) -> None:
    """The least that a fold could do."""
    decoder = msgspec.msgpack.Decoder(list[Entry[Answer]])
    seen: dict[int, tuple[int, int]] = {}
    counts = [0] * 4
    for data in batches:
        for part in decode_batch(data).parts:
            for entry in decoder.decode(part.entries):
                seen[entry.viewer] = (entry.action.choice, entry.position)
                counts[entry.action.choice] += 1


def memory() -> dict[str, float]:
    """Bytes for each viewer who has joined: run in a process of its own."""
    evening = Evening(VIEWERS)
    entries = evening.batches("", evening.entries(lambda i: Join(f"{NAMES[i % len(NAMES)]} {i}"), seconds(SECONDS)))
    gc.collect()
    if "traced" in sys.argv:
        tracemalloc.start()
        evening.fold(entries)
        evening.show.joined.clear()
        return {"traced": tracemalloc.get_traced_memory()[0] / VIEWERS}
    before = _resident()
    for data in entries:
        evening.fold([data])
        evening.show.joined.clear()
    return {"resident": (_resident() - before) / VIEWERS}


def _resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def _measured(what: str) -> float:
    code = f"import sys; sys.argv.append({what!r}); import engine; print(engine.memory()[{what!r}])"
    out = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    return float(out.stdout)


def main() -> dict[str, float]:
    """Several rounds, each with its bare loop; medians."""
    gc.freeze()
    evening = Evening(VIEWERS)
    joins = evening.batches("", evening.entries(lambda i: Join(f"{NAMES[i % len(NAMES)]} {i}"), seconds(SECONDS)))
    joins_per_s = VIEWERS / timed(lambda: evening.fold(joins))
    evening.show.joined.clear()
    rates, bares, privates, reveals, saves = [], [], [], [], []
    for number in range(ROUNDS):
        batches = evening.answers()
        counted = evening.show.counted
        bares.append(VIEWERS / timed(lambda batches=batches: bare(batches)))
        rates.append(VIEWERS / timed(lambda batches=batches: play(evening, batches)))
        assert evening.show.counted - counted == VIEWERS, evening.show.refused[:3]
        reveals.append(timed(evening.reveal) * 1e3)
        show = evening.show
        assert show.segment
        changed = show.segment.changed()
        assert len(changed) == VIEWERS
        privates.append(VIEWERS / timed(lambda changed=changed: [to_json(surfaces.private(show, 1, ViewerId(v))) for v in changed]))
        data = save(show)
        saves.append(timed(lambda: save(show)) * 1e3)
        print(f"round {number + 1}: {rates[-1]:,.0f} actions/s, bare {bares[-1]:,.0f}/s, ratio {rates[-1] / bares[-1]:.2f}")
    return {
        "actions_per_s": round(median(rates)),
        "bytes_per_viewer": round(_measured("resident")),
        "traced_bytes_per_viewer": round(_measured("traced")),
        "bare_per_s": round(median(bares)),
        "ratio_bare": round(median(rate / one for rate, one in zip(rates, bares, strict=True)), 3),
        "joins_per_s": round(joins_per_s),
        "private_scenes_per_s": round(median(privates)),
        "reveal_ms": round(median(reveals), 1),
        "snapshot_ms": round(median(saves), 1),
        "snapshot_mb": round(len(data) / 1e6, 1),
        "load_ms": round(timed(lambda: load(data, show.formats)) * 1e3, 1),
    }
