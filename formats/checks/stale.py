"""Does a private scene change while nobody is sent it? Then the viewer's page goes on to show the old one."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from oncue.engine import surfaces
from oncue.engine.house import NamePerson, Rename
from oncue.engine.show import Show
from oncue.engine.structs import ViewerId

from .finding import Finding, home, short
from .post import Post, on_page
from .sent import differ, some
from .tape import Tape
from .views import moments

_NAMES = {kind.__struct_config__.tag for kind in (Rename, NamePerson)}
_json = msgspec.json.Encoder(order="deterministic").encode


def staleness(tape: Tape) -> Iterator[Finding]:
    """Plays the evening once, and looks at a few viewers after the messages at which views are looked at."""
    show, looks = tape.new(), moments(tape)
    post = Post(show, some(tape.end))
    told: set[tuple[type, str]] = set()
    for i in tape.folded(show):
        # Who has another name may stand in anybody's scene, and no format hears of it.
        post.deliver(show, anew=any(not one.segment and one.type in _NAMES for one in tape.places[i]))
        segment = show.segment
        if i not in looks or segment is None or segment.suspended:
            continue
        doing = next((one.type for one in reversed(tape.places[i]) if one.segment == show.live), "")
        if (segment.kind, doing) not in told and (said := _differs(show, post)):
            told.add((segment.kind, doing))
            what = (
                f"after {f'`{doing}`' if doing else 'this message'} `private` of {segment.kind.__name__} draws something else than a "
                f"viewer was sent: {said}. They are sent it when their part of a ledger is written: write to their entry (the same "
                "value will do), or show in the public scene what is common to all"
            )
            yield Finding("stale", home(segment.kind.private), tape.seq(i), what)


def _differs(show: Show, post: Post) -> str:
    """In what the page of some viewer differs from what would be drawn for them now."""
    segment = show.segment
    assert segment
    public = surfaces.public(show, 0).scene
    for viewer in post.last:
        drawn = surfaces.private(show, 0, ViewerId(viewer)).scene.blocks
        if segment.views.pop("private", None):
            return ""  # it has failed, which is told elsewhere
        before, now = post.shown(show, viewer, public), on_page(public, drawn)
        if before != now:
            one, other = (msgspec.json.decode(_json(blocks)) for blocks in (before, now))
            n = next(
                (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
                min(len(one), len(other)),
            )
            path, sent, drawn_now = differ(one[n : n + 1] or None, other[n : n + 1] or None)
            return f"blocks{path.replace('[0]', f'[{n}]', 1)} is {short(drawn_now)}, and their page has {short(sent)}"
    return ""
