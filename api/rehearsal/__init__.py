"""A rehearsal before the evening: simulated viewers of all kinds over the real network path, and a report of what was promised and kept.

    async with own_ground(settings, folder) as ground:
        report = await rehearse(ground, Options(what="friday", show=show, profiles=read_profiles("")))
        print(report.passed, [check.said for check in report.checks if check.verdict == "fail"])

`Profile` has networks (`oncue.api.lab`) and habits (`oncue.api.bots.habit`). `Evening` is a rehearsal that goes on, `verdict` judges it.
"""

from .evening import Evening, Limits, Options
from .ground import Ground, apart, captured, other_ground, own_ground
from .judge import verdict
from .play import rehearse
from .profiles import PROFILES, Profile, read_networks, read_profiles
from .report import Check, Rehearsed
from .what import What, read_what

__all__ = [
    "PROFILES",
    "Check",
    "Evening",
    "Ground",
    "Limits",
    "Options",
    "Profile",
    "Rehearsed",
    "What",
    "apart",
    "captured",
    "other_ground",
    "own_ground",
    "read_networks",
    "read_profiles",
    "read_what",
    "rehearse",
    "verdict",
]
