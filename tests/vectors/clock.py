"""Makes clock.json, what both client clocks must say: `PYTHONPATH=tests .venv/bin/python tests/vectors/clock.py`.

An object of lists by the name of a network. Each item is a call, at own time in µs: ["seed", at, now], ["hurry", at],
["add", t0, t1, t2, t3], or ["look", at, offset, error, now, pause, off]: what the clock says then, and how far it is from the truth.
"""

import json
from pathlib import Path

from vectors.networks import NETWORKS, Run

FILE = Path(__file__).with_name("clock.json")


def made() -> str:
    """The file's text."""
    runs = {name: Run(network, name, length, every=1.0) for name, (network, length) in NETWORKS.items()}
    lists = []
    for name, run in runs.items():
        steps = ",\n".join(json.dumps(step) for step in run.steps)
        lists.append(f"{json.dumps(name)}: [\n{steps}\n]")
    return "{\n" + ",\n".join(lists) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(made())
