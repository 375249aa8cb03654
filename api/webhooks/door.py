"""The way out to a webhook: one POST to an address that was looked at before, without redirects."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from oncue.engine.errors import BadInput
from oncue.engine.live.hooks import Attempt
from oncue.engine.structs import Micros

if TYPE_CHECKING:
    import httpx

ANSWER = 1024
"""Bytes of an answer that are kept."""
TIMEOUT_S = 15.0
"""For all of an attempt; Standard Webhooks asks for 15 to 30."""
UNICAST, SIX_TO_FOUR = IPv6Network("2000::/3"), IPv6Network("2002::/16")
"""All of IPv6 that is given out (RFC 4291, 2.4): what stands elsewhere is local, or another way to an IPv4 address, as the second is."""
NAMES = 100
"""So many hosts have connections that are kept."""
LOOKS = 8
"""Names that are looked up at once. A resolver that hangs is to hold up nothing but webhooks: the threads of others stay free."""
HINT = "write https://host/path; addresses in private networks need ONCUE_WEBHOOK_PRIVATE=1"


class Door:
    """Sends to the outside. With `private` also into private networks and without TLS."""

    def __init__(
        self, *, private: bool = False, timeout: float = TIMEOUT_S, now: Callable[[], Micros]
    ) -> None:
        self._private = private
        self._timeout = timeout
        self._now = now
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._trust: ssl.SSLContext | None = None
        self._threads = ThreadPoolExecutor(LOOKS, "webhooks")

    async def close(self) -> None:
        """Close what is open."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        while self._clients:
            await self._clients.popitem()[1].aclose()

    async def look(self, url: str) -> str:
        """The IP address to which a URL leads now; empty when there is none. Raises `BadInput` (`webhook/address`) when it is no address,
        or one that is not to be reached from here."""
        parts = self._read(url)
        try:
            async with asyncio.timeout(self._timeout):
                found = await asyncio.get_running_loop().run_in_executor(
                    self._threads, partial(socket.getaddrinfo, parts.hostname, self._port(parts), type=socket.SOCK_STREAM)
                )  # fmt: skip
        except (OSError, UnicodeError):  # of which `TimeoutError` is one
            return ""
        addresses = [str(address[4][0]) for address in found]
        for address in addresses:
            if not self._private and not is_public(address):
                raise BadInput(f"{parts.hostname} is in a private network", code="webhook/address", hint=HINT)
        return addresses[0]

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Attempt:
        """One attempt. What goes wrong is in it; a redirect is not followed."""
        import httpx  # an API process starts sooner without it

        at, began = self._now(), time.monotonic()
        status, error, answer = 0, "", b""
        try:
            async with asyncio.timeout(self._timeout):
                status, answer = await self._post(url, headers, body)
        except TimeoutError:
            error = f"no answer within {self._timeout:g} s"
        except BadInput as refused:
            error = refused.message
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as failed:
            error = f"{type(failed).__name__}: {failed}"[:ANSWER]
        took = round((time.monotonic() - began) * 1000)
        said = answer.decode("utf-8", "replace").replace("\0", "")
        return Attempt(at=at, status=status, took_ms=took, error=error, answer=said)

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        import httpx

        address = await self.look(url)
        if not address:
            raise OSError("the host is not known")
        parts = self._read(url)
        # To the address that was looked at, whatever the name leads to by now; the certificate is to be the name's.
        host = f"[{address}]" if ":" in address else address
        where = httpx.URL(url).copy_with(host=host, fragment=None)
        client = await self._client(parts.hostname or "")
        request = client.build_request(
            "POST", where, content=body, headers={**headers, "host": parts.netloc, "accept-encoding": "identity"},
            extensions={"sni_hostname": parts.hostname},
        )  # fmt: skip
        response = await client.send(request, stream=True)
        try:
            answer = b""
            async for chunk in response.aiter_raw():
                answer += chunk
                if len(answer) >= ANSWER:
                    break
            return response.status_code, answer[:ANSWER]
        finally:
            await response.aclose()

    async def _client(self, name: str) -> httpx.AsyncClient:
        """One for each host: a pool knows connections by their address alone, and what was proven for one name would be taken for another
        that leads to the same."""
        import httpx

        client = self._clients.pop(name, None)
        if client is None:
            self._trust = self._trust or httpx.create_ssl_context(trust_env=False)
            limits = httpx.Limits(max_connections=100, max_keepalive_connections=4, keepalive_expiry=30)
            client = httpx.AsyncClient(
                timeout=self._timeout,
                follow_redirects=False,
                trust_env=False,
                limits=limits,
                verify=self._trust,
            )
        self._clients[name] = client
        if len(self._clients) > NAMES:
            await self._clients.pop(next(iter(self._clients))).aclose()
        return client

    def _read(self, url: str) -> SplitResult:
        allowed = ("https", "http") if self._private else ("https",)
        try:
            parts = urlsplit(url)
            if parts.hostname and parts.port != 0 and parts.scheme in allowed and "@" not in parts.netloc:
                return parts
        except ValueError:
            pass
        raise BadInput("this is no address for a webhook", code="webhook/address", hint=HINT)

    @staticmethod
    def _port(parts: SplitResult) -> int:
        return parts.port or (443 if parts.scheme == "https" else 80)


def is_public(address: str) -> bool:
    """Whether this is an address of the Internet: no private, local, shared, reserved or multicast one, however it is written."""
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        elif ip not in UNICAST or ip in SIX_TO_FOUR:
            return False
    return ip.is_global and not ip.is_multicast
