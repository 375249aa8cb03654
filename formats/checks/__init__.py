"""What can be told of a format, or of an evening, from a log alone.

`check_log` plays the log in other ways than it was played and compares: again and in other slices, from snapshots, with other secrets, with
clicks that are doubled, before a larger crowd. `Rehearsal.check`, `oncue rehearse` and `oncue replay --verify` all ask it.
"""

from .elsewhere import elsewhere
from .finding import KINDS, ChecksFailed, Finding
from .log import BUDGET, check_log, check_tape
from .tape import Tape

__all__ = ["BUDGET", "KINDS", "ChecksFailed", "Finding", "Tape", "check_log", "check_tape", "elsewhere"]
