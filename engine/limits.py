"""How large what a format makes may be. A part of a show that is broken, slow or huge hurts neither the other parts nor other shows.

| what | most | beyond that |
| --- | --- | --- |
| a handler, and a `when` | 250 ms | it is interrupted where it is: the action is refused (`format/slow`) and leaves no trace; a strike |
| entries of one moment together | 2 s | the handler that runs then is interrupted: a strike |
| a view, `next`, `results` | 250 ms | it is interrupted: viewers see that there is a problem; after 3 times it rests for 30 s |
| strikes of a segment | 3 | it is suspended: it takes nothing (`format/suspended`) until a host resumes or finishes it |
| a state, as it is kept | 64 MB | the segment is suspended |
| a scene, as JSON | 256 kB | a fault of the view: viewers see that there is a problem |
| effects of one action | 1,000 | a fault of the handler: refused (`format/fault`), no trace |
| timers of a segment at once | 1,000 | likewise |
| the data of one event, as JSON | 64 kB | likewise |
| rows of results, as JSON | 16 MB | a fault of `results`: there are none |
| memory of the engine | `ONCUE_ENGINE_MEMORY` | `MemoryError` in the handler: a strike |

Times are those that a handler has used, on a processor or waiting for something; not those in which the machine had no time for it.
"""

from __future__ import annotations

STATE = 64 * 1024 * 1024
SCENE = 256 * 1024
EFFECTS = 1000
TIMERS = 1000
RESULTS = 16 * 1024 * 1024
EACH = 32
"""What a viewer's line in a ledger takes at least, in bytes."""
OVERRUNS = 3
"""So often a view may be interrupted before it rests."""
