"""How long a test waits for what has to come: long enough for a machine that does much else, and less than the limit of a test, which ends
the whole run."""

PATIENCE_S = 60.0
