"""What a format's author imports."""

import oncue.formats


def test_the_authors_door_has_these_names():
    assert oncue.formats.__all__ == [
        "Action", "Cue", "Format", "FormatError", "Ledger", "Micros", "Rehearsal", "Reject", "Role", "Row", "Ruling",
        "Scene", "Settings", "Staged", "State", "ViewerId", "blocks", "on", "scene", "seconds",
    ]  # fmt: skip
    assert all(hasattr(oncue.formats, name) for name in oncue.formats.__all__)
