"""Does the log play to the same state in another process, where the hashes of text are others, and with them the order of sets?"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec

from oncue.engine.errors import FormatError
from oncue.engine.format import Format
from oncue.engine.snapshot import save
from oncue.engine.structs import ShowId

from .finding import Finding
from .replay import first_entry
from .tape import Tape

Kind = type[Format[Any, Any]]
SEED = "PYTHONHASHSEED"
_CHILD = "from oncue.formats.checks.elsewhere import main; main()"


class _Job(msgspec.Struct):
    """What the other process is to play: `kinds` has each format's module, its name in it, and the file that it is in."""

    id: str
    log: list[tuple[int, bytes]]
    begun: bytes
    kinds: dict[str, tuple[str, str, str]]


def elsewhere(tape: Tape) -> Iterator[Finding]:
    """Plays the log in another process and compares after each message. Raises `FormatError` (`format/elsewhere`) for a format that is
    defined in a function, or that cannot be imported."""
    job = _Job(tape.id, tape.log, tape.begun, {})
    for segment in tape.end.segments.values():
        kind = segment.kind
        if "<locals>" in kind.__qualname__:
            raise _unplayable(f"{kind.__qualname__} is defined in a function")
        job.kinds[segment.spec.format] = kind.__module__, kind.__qualname__, kind.public.__code__.co_filename
    other = _asked(job)
    for i, (mine, theirs) in enumerate(zip(_digests(tape), other, strict=True)):
        if mine != theirs:
            part, action, where = first_entry(tape, i)
            what = (
                f"in another process the log gives another state from `{action}` on: what a handler does depends on the order of a set, or "
                "on a hash. Sort it, or use a dict or a list"
            )
            yield Finding("replay", where or f"{part}/{action}", tape.seq(i), what)
            return


def _digests(tape: Tape) -> list[bytes]:
    show = tape.new()
    return [hashlib.sha256(save(show)).digest() for _ in tape.folded(show)]


def _asked(job: _Job) -> list[bytes]:
    seed = "1" if os.environ.get(SEED) != "1" else "2"
    paths = os.pathsep.join(filter(None, [*sys.path, str(Path.cwd())]))
    done = subprocess.run(
        [sys.executable, "-c", _CHILD],
        input=msgspec.msgpack.encode(job),
        capture_output=True,
        env={**os.environ, SEED: seed, "PYTHONPATH": paths},
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise _unplayable(" ".join(said))
    return msgspec.msgpack.decode(done.stdout, type=list[bytes])


def _unplayable(why: str) -> FormatError:
    hint = "a format that is to be played elsewhere stands at the top of a module"
    return FormatError(f"another process cannot play this: {why}", code="format/elsewhere", hint=hint)


def main() -> None:
    """In the other process: the job on stdin, a digest of the state after each message on stdout."""
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Job)
    kinds = {name: _found(*where) for name, where in job.kinds.items()}
    tape = Tape(ShowId(job.id), lambda name: kinds[name.partition("@")[0]], job.log, job.begun)
    sys.stdout.buffer.write(msgspec.msgpack.encode(_digests(tape)))


def _found(module: str, name: str, file: str) -> Kind:
    try:
        kind: Kind = attrgetter(name)(importlib.import_module(module))
    except (ImportError, AttributeError):
        spec = importlib.util.spec_from_file_location(Path(file).stem, file)
        if spec is None or spec.loader is None:
            raise
        loaded = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = loaded
        spec.loader.exec_module(loaded)
        kind = attrgetter(name)(loaded)
    return kind
