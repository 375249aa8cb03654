"""The scene of a show as a track that any relay can fan out: one write per change, however many watch."""

from __future__ import annotations

from typing import Any

import moq
import msgspec

from oncue.engine.errors import BadInput

TRACK = "scene"
"""Name of the track in the broadcast `show/<id>/scene`."""


class _Order(msgspec.Struct):
    epoch: int
    seq: int


_order = msgspec.json.Decoder(_Order)
_whole = msgspec.json.Decoder(dict[str, Any])


class SceneTrack:
    """Publishes whole scene documents; who subscribes late gets the latest at once.

    Owns `broadcast` (`show/<id>/scene`) and announces it with the first document. The track is @moq/json's `Snapshot` with
    `compression: true`; each group is one document, so nobody sees an older one on the way to the latest.
    """

    def __init__(self, broadcast: moq.BroadcastProducer) -> None:
        self._broadcast = broadcast
        self._track = broadcast.publish_json_snapshot(TRACK, delta_ratio=0, compression=True)
        self._last = (-1, -1)

    def put(self, document: bytes | str) -> bool:
        """Publish a SceneMsg in JSON. False if it is older than the last, by (epoch, seq): then nothing is sent."""
        try:
            order = _order.decode(document)
            if (order.epoch, order.seq) < self._last:
                return False
            scene = _whole.decode(document)
        except msgspec.DecodeError as error:
            raise BadInput(f"not a scene: {error}", code="media/scene") from error
        self._track.update(scene)
        if self._last == (-1, -1):
            self._broadcast.announce()
        self._last = (order.epoch, order.seq)
        return True

    def close(self) -> None:
        """End the track for all."""
        self._track.finish()
        self._broadcast.close()
