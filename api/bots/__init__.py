"""The demo: simulated viewers over the real network path, a host who plays by himself, and the reckoning at the end.

    code = await run_demo("http://127.0.0.1:8080", api_key, DemoOptions(bots=20, autopilot=True, seconds=30, json=True))

Each part can be had alone: `Crowd` (an audience for any show of a `Venue`), `Autopilot`, `count` (the verifier).
"""

from .autopilot import Autopilot, Pace
from .bot import Bot
from .count import Count, check_results, count
from .crowd import Crowd, Figures
from .demo import DemoOptions, Report, run_demo
from .venue import Venue

__all__ = [
    "Autopilot",
    "Bot",
    "Count",
    "Crowd",
    "DemoOptions",
    "Figures",
    "Pace",
    "Report",
    "Venue",
    "check_results",
    "count",
    "run_demo",
]
