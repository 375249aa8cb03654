"""Drawing ids and codes, and reading a code as people type it."""

from __future__ import annotations

import secrets

from oncue.engine.structs import ShowId, ViewerId

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 6
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
LOOKALIKES = str.maketrans({"0": "Q", "O": "Q", "1": "J", "I": "J", "L": "J", " ": None, "-": None})
"""What is not in the alphabet becomes the letter that looks most like it."""


def new_show_id() -> ShowId:
    """Ten letters of a-z2-7: 50 random bits."""
    return ShowId("".join(secrets.choice(BASE32) for _ in range(10)))


def new_viewer() -> ViewerId:
    """A random integer in 1..2**53-1."""
    return ViewerId(secrets.randbelow(2**53 - 1) + 1)


def new_code() -> str:
    """Six letters that cannot be mistaken for each other: one of 888 million."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def read_code(typed: str) -> str:
    """A code as it was meant: in any case, with O for Q, I for J, spaces and hyphens. Empty when it can be none."""
    code = typed.strip().upper().translate(LOOKALIKES)
    return code if len(code) == CODE_LENGTH and all(letter in CODE_LETTERS for letter in code) else ""
