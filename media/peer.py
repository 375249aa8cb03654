"""One WebRTC peer that has made an offer (RFC 9429), as far as WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep) allow it.

aiortc does ICE, DTLS, SRTP and reads and writes session descriptions. What goes in and out of its transceivers is ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
from collections.abc import Sequence
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpTransceiver, RTCSessionDescription
from aiortc.exceptions import InvalidStateError, OperationError
from aiortc.rtcconfiguration import RTCBundlePolicy
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.sdp import MediaDescription, SessionDescription, candidate_from_sdp

from oncue.engine.errors import BadInput, Conflict

from .inlet import Inlet
from .outlet import Outlet

log = logging.getLogger(__name__)

CODECS = {"video": ("H264", "VP8"), "audio": ("opus",)}
"""What is passed through, best first: H.264 can be recorded and played everywhere."""
SDP_LETTERS = 64 * 1024
CANDIDATES = 100
"""Of a peer, and as many that trickle in: each has packets sent to whatever address it names."""
MALFORMED = (ValueError, AssertionError, KeyError, IndexError, AttributeError, TypeError, StopIteration)
"""What aiortc's parser raises for a description that is none."""
HIDDEN_HOST = re.compile(r"^a=candidate:.* \S+\.local .*\r?\n", re.MULTILINE)
"""A host candidate by mDNS name. Who hides an address comes to ours; a look-up by multicast would take seconds."""


def read_offer(sdp: str, direction: str) -> SessionDescription:
    """An offer of sound, picture or both, in which the peer has this direction (`sendonly` or `recvonly`).

    Raises BadInput: `rtc/sdp` for what is no offer of that kind, `rtc/codec` when nothing in it can be passed through.
    """
    if len(sdp) > SDP_LETTERS:
        raise BadInput("the session description is too long", code="rtc/sdp")
    try:
        offer = SessionDescription.parse(HIDDEN_HOST.sub("", sdp))
    except MALFORMED as error:
        raise BadInput(f"the session description cannot be read: {error}", code="rtc/sdp") from error
    for wrong in _wrong(offer, direction):
        raise BadInput(
            wrong, code="rtc/sdp", hint="one m-line each for sound and picture, bundled (RFC 9725, 4.4)"
        )
    for media in offer.media:
        known = CODECS[media.kind]
        names = {codec.name.lower() for codec in media.rtp.codecs}
        if not names & {name.lower() for name in known}:
            raise BadInput(
                f"no {media.kind} codec that can be passed through is offered",
                code="rtc/codec",
                hint=f"offer {' or '.join(known)}",
            )
    return offer


def _wrong(offer: SessionDescription, direction: str) -> Sequence[str]:
    kinds = [media.kind for media in offer.media]
    if not kinds:
        return ("there is no media in the offer",)
    if len(set(kinds)) < len(kinds) or not set(kinds) <= CODECS.keys():
        return (f"the offer has {', '.join(kinds)}",)
    if sum(len(media.ice_candidates) for media in offer.media) > CANDIDATES:
        return (f"the offer has more than {CANDIDATES} candidates",)
    found = []
    bundled = {mid for group in offer.group if group.semantic == "BUNDLE" for mid in group.items}
    if any(media.direction not in (direction, "sendrecv") for media in offer.media):
        found.append(f"the offer is not {direction}")
    if len(kinds) > 1 and not {media.rtp.muxId for media in offer.media} <= bundled:
        found.append("the m-lines are not bundled")
    for media in offer.media:
        if not media.ice or not media.ice.usernameFragment or not media.ice.password:
            found.append("there is no ice-ufrag or no ice-pwd")
        if not media.dtls or not media.dtls.fingerprints or media.dtls.role is None:
            found.append("there is no fingerprint or no setup")
        if not media.rtcp_mux:
            found.append("RTP and RTCP are not multiplexed")
    return found


class Peer:
    """A peer connection for one offer. `etag` stands for its ICE session; `ended` is set when it is over."""

    def __init__(self, offer: SessionDescription, sdp: str, addresses: Sequence[str]) -> None:
        self.offer = offer
        self.etag = f'"{secrets.token_hex(8)}"'
        self.connected = asyncio.Event()
        self.ended = asyncio.Event()
        self._sdp = HIDDEN_HOST.sub("", sdp)
        self._addresses = addresses
        self._trickled = 0
        # No servers: aiortc would ask one of its own choice for this machine's address.
        self._connection = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._connection.on("connectionstatechange", self._changed)

    def take(self, media: MediaDescription, direction: str, codecs: Sequence[str]) -> RTCRtpTransceiver:
        """A transceiver for an m-line of the offer, to be called in the offer's order. `codecs` are names, best first."""
        transceiver = self._connection.addTransceiver(media.kind, direction)
        can = RTCRtpReceiver.getCapabilities(media.kind).codecs  # type: ignore[union-attr]  # of a kind that it knows
        chosen = [one for name in (*codecs, "rtx") for one in can if one.name.lower() == name.lower()]
        transceiver.setCodecPreferences(chosen)
        return transceiver

    def receive(self, transceiver: RTCRtpTransceiver, inlet: Inlet) -> Inlet:
        """Have this read what comes for a transceiver."""
        inlet._set_rtcp_ssrc(transceiver.sender._ssrc)
        transceiver._RTCRtpTransceiver__receiver = inlet  # type: ignore[attr-defined]  # there is no public way
        return inlet

    def send(self, transceiver: RTCRtpTransceiver, outlet: Outlet) -> Outlet:
        """Have this send what goes by a transceiver."""
        transceiver._RTCRtpTransceiver__sender = outlet  # type: ignore[attr-defined]  # likewise
        return outlet

    async def answer(self, codecs: str = "") -> str:
        """The answer, with all candidates. `codecs` is added to the parameters of each picture codec. Raises BadInput
        (`rtc/sdp`, `rtc/codec`)."""
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(self._sdp, "offer"))
            self._gather_at(self._addresses)
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except OperationError as error:
            raise BadInput("no codec of the offer can be passed through", code="rtc/codec") from error
        except (*MALFORMED, InvalidStateError) as error:
            raise BadInput(f"the offer cannot be answered: {error}", code="rtc/sdp") from error
        return _with_parameters(self._connection.localDescription.sdp, codecs)

    async def trickle(self, fragment: str, *, restarts: bool = False) -> None:
        """More candidates (RFC 8840). Raises BadInput (`rtc/fragment`), and Conflict (`rtc/ice-restart`) for a restart."""
        ice = self.offer.media[0].ice
        if restarts:
            raise Conflict("ICE cannot be restarted", code="rtc/ice-restart", hint="begin a new session")
        for line in fragment.splitlines():
            name, _, value = line.strip().partition(":")
            if name == "a=ice-ufrag" and ice and value != ice.usernameFragment:
                raise Conflict("ICE cannot be restarted", code="rtc/ice-restart", hint="begin a new session")
            if name == "a=candidate" and ".local " not in value:
                self._trickled += 1
                if self._trickled > CANDIDATES:
                    raise BadInput(f"more than {CANDIDATES} candidates", code="rtc/fragment")
                try:
                    candidate = candidate_from_sdp(value)
                except MALFORMED as error:
                    raise BadInput(f"no candidate: {value!r}", code="rtc/fragment") from error
                # Of the transport: aiortc passes on none that names a bundled m-line.
                with contextlib.suppress(ValueError):
                    await self._ice().addRemoteCandidate(candidate)

    async def close(self) -> None:
        """End it; tells the other side by DTLS."""
        self.ended.set()
        # Others may wait for the same end; a cancellation would be theirs, too.
        await asyncio.shield(asyncio.ensure_future(self._connection.close()))

    def _ice(self) -> Any:
        return self._connection.getTransceivers()[0].receiver.transport.transport

    def _gather_at(self, ours: Sequence[str]) -> None:
        """At these addresses of this machine; without any at all that it has, the loopback's last."""
        connection = self._ice().iceGatherer._connection
        gather = connection.get_component_candidates

        async def at_ours(component: int, addresses: list[str], timeout: int = 5) -> Any:
            return await gather(component, list(ours) or [*addresses, "127.0.0.1"], timeout)

        connection.get_component_candidates = at_ours

    def _changed(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self.connected.set()
        elif state in ("failed", "closed"):
            self.ended.set()


def _with_parameters(sdp: str, more: str) -> str:
    """The description with `more` in the format parameters of each picture codec."""
    sections = re.split(r"(?m)^(?=m=)", sdp)
    return "".join(_more(part, more) if more and part.startswith("m=video") else part for part in sections)


def _more(section: str, more: str) -> str:
    for payload in re.findall(r"(?m)^a=rtpmap:(\d+) (?!rtx/)", section):
        known = re.compile(rf"(?m)^(a=fmtp:{payload} [^\r\n]+)")
        if known.search(section):
            section = known.sub(rf"\1;{more}", section)
        else:
            section = re.sub(
                rf"(?m)^(a=rtpmap:{payload} [^\r\n]+)", rf"\1\r\na=fmtp:{payload} {more}", section
            )
    return section
