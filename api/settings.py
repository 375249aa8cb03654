"""What can be set, by environment variables. Everything has a default: `oncue serve` needs none of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from oncue.engine.errors import BadInput

Port = Annotated[int, Meta(ge=0, le=65535)]
Hours = Annotated[int, Meta(ge=1, le=8760)]
Count = Annotated[int, Meta(ge=1)]

SECRET_BYTES = 32
"""HMAC-SHA256 keys are to be no shorter than the hash (RFC 7518, section 3.2)."""
KEY_LETTERS = 16
LOCAL = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # compared with, not bound to
FOR_TOOLS = ("ONCUE_CHROMIUM", "ONCUE_WEB_BUILT")
"""Read by the tests and the build."""
HIDDEN = ("secret", "api_key")
UNPREFIXED = {"database_url": "DATABASE_URL", "nats_url": "NATS_URL"}

ENGINE_MEMORY = 256

MEANINGS = {
    "host": "address to listen on; 0.0.0.0 for all",
    "port": "TCP port of the pages, the API and the links; 0 takes a free one",
    "relay_port": "UDP port of the relay; 0 takes a free one",
    "relays": "relay processes; each is one thread, and the second and following take ports from relay_port + 2 on",
    "clock_port": "UDP port of clock pings by datagram; 0 takes a free one, and so does ONCUE_RELAY_PORT=0",
    "ice_servers": "STUN servers that WHIP and WHEP clients are told of: stun:host:port, several with commas",
    "webrtc_sessions": "how many may publish or watch by WebRTC (WHIP, WHEP) on one node",
    "webrtc_kbits": "the most that one may publish by WHIP, in kbit/s",
    "public_url": "how browsers reach this server, as https://live.example.org; else the address that they used",
    "data": "folder for the log, the database and the secrets",
    "secret": "signs tokens: 32 bytes or more, the same on all nodes; else made once in the data folder",
    "api_key": "what the host API asks for, 16 characters or more; else made once in the data folder",
    "database_url": "postgresql://user:password@host/database; else SQLite in the data folder",
    "nats_url": "nats://host:4222 of a NATS with JetStream, several with commas; else one is started",
    "reload": "1: load formats anew when their files change, while writing them; state is carried over",
    "formats": "more formats, without installing them: name=file.py:Class, several with commas",
    "log": "what is logged, and what is worse: debug, info, warning, error",
    "log_format": "text, json (lines), or auto: text on a terminal, json elsewhere",
    "proxies": "how many proxies of yours stand in front and add to X-Forwarded-For",
    "audience_hours": "how long a viewer's token is good",
    "host_hours": "how long a host's, producer's or moderator's token is good",
    "people": "how many may come into one show through one node",
    "join_rate": "joins a second from one address, in the long run",
    "join_burst": "joins at once from one address; a whole hall may share one",
    "api_rate": "requests a second with one key or host token, in the long run",
    "body_bytes": "the largest request body",
    "archive_bytes": "the largest archive of a show's log that is imported",
    "media": "folder with films that hosts may put on; else media in the data folder",
    "recordings": "folder for recordings of shows; else recordings in the data folder",
    "recording_free": "MiB of the disk that recordings leave free",
    "engine_memory": "MiB that the engine may take before a format that takes more is refused; 0: no limit",
    "webhook_private": "1: webhooks may lead into private networks, and go without TLS",
}
"""What each setting is, for `oncue doctor` and for the error about it."""


class Line(msgspec.Struct, frozen=True):
    """A setting for `oncue doctor`: variable, value (secrets hidden), what it is, and whether it was set."""

    name: str
    value: str
    meaning: str
    given: bool


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings; MEANINGS says what they are. The variable of a field is `ONCUE_` and its name in capitals, but
    for DATABASE_URL and NATS_URL."""

    host: str = "127.0.0.1"
    port: Port = 8080
    relay_port: Port = 4443
    relays: Annotated[int, Meta(ge=1, le=64)] = 1
    clock_port: Port = 4444
    ice_servers: str = ""
    webrtc_sessions: Count = 200
    webrtc_kbits: Annotated[int, Meta(ge=200, le=50_000)] = 4_000
    public_url: str = ""
    data: str = ".oncue"
    secret: str = ""
    api_key: str = ""
    database_url: str = ""
    nats_url: str = ""
    formats: str = ""
    reload: bool = False
    log: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "text", "json"] = "auto"
    proxies: Annotated[int, Meta(ge=0, le=10)] = 0
    audience_hours: Hours = 168
    host_hours: Hours = 24
    people: Count = 1_000_000
    join_rate: Count = 50
    join_burst: Count = 2000
    api_rate: Count = 50
    body_bytes: Annotated[int, Meta(ge=1024)] = 256 * 1024
    archive_bytes: Annotated[int, Meta(ge=1024)] = 1024 * 1024 * 1024
    media: str = ""
    recordings: str = ""
    recording_free: Annotated[int, Meta(ge=0)] = 1024
    engine_memory: Annotated[int, Meta(ge=0)] = 4096
    webhook_private: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """The settings in an environment; empty variables count as not set.

        Raises `BadInput` (`settings/bad`) that names every variable that is wrong, and what to write.
        """
        names = {variable(field): field for field in cls.__struct_fields__}
        wrong = list(_unknown(environment, [*names, *FOR_TOOLS]))
        values = {}
        for name, field in names.items():
            if given := environment.get(name, "").strip():
                try:
                    values[field] = msgspec.convert(given, _types()[field], strict=False)
                except msgspec.ValidationError as error:
                    was = "" if field in HIDDEN else f" (it is {given!r})"
                    wrong.append(f"{name}: {str(error)[0].lower()}{str(error)[1:]}{was}: {MEANINGS[field]}")
        settings = cls(**values)
        wrong += [] if wrong else settings._senseless()
        if wrong:
            raise BadInput("; ".join(wrong), code="settings/bad", hint="`oncue doctor` lists all settings")
        return settings

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data)

    @property
    def media_folder(self) -> Path:
        """The folder with films."""
        return Path(self.media) if self.media else self.folder / "media"

    @property
    def recordings_folder(self) -> Path:
        """The folder for recordings."""
        return Path(self.recordings) if self.recordings else self.folder / "recordings"

    @property
    def database(self) -> str:
        """The address of the database."""
        return self.database_url or f"sqlite:///{self.folder / 'oncue.db'}"

    @property
    def base_url(self) -> str:
        """Where the pages are: `public_url`, else as this machine sees it. No slash at the end."""
        host = "127.0.0.1" if self.host in EVERYWHERE else self.host
        return self.public_url.rstrip("/") or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def describe(self) -> list[Line]:
        """Every setting, for people; secrets and passwords are hidden."""
        return [
            Line(variable(field), _shown(field, getattr(self, field)), MEANINGS[field], self._given(field))
            for field in self.__struct_fields__
        ]

    def warnings(self) -> list[str]:
        """What works, but hardly as it is meant."""
        said = []
        if self.host in EVERYWHERE and not self.public_url:
            said.append("ONCUE_PUBLIC_URL is not set: links and QR codes name the address of the page")
        if self.public_url.startswith("http://") and urlsplit(self.public_url).hostname not in LOCAL:
            said.append("ONCUE_PUBLIC_URL is not https: browsers allow no WebTransport and no camera")
        if self.nats_url and not self.secret:
            said.append("ONCUE_SECRET is not set: other nodes on this NATS will not take this node's tokens")
        if self.reload and not self._alone:
            said.append("ONCUE_RELOAD is on: whoever can write a format's file changes shows that run here")
        return said

    @property
    def _alone(self) -> bool:
        """Whether this node is for who sits at this machine."""
        return self.host in LOCAL and urlsplit(self.public_url).hostname in (None, *LOCAL)

    def _given(self, field: str) -> bool:
        return bool(getattr(self, field) != getattr(Settings(), field))

    def _senseless(self) -> list[str]:
        said = []
        if self.secret and len(self.secret.encode()) < SECRET_BYTES:
            said.append(f"ONCUE_SECRET is shorter than {SECRET_BYTES} bytes: take `openssl rand -hex 32`")
        if self.api_key and len(self.api_key) < KEY_LETTERS:
            said.append(f"ONCUE_API_KEY is shorter than {KEY_LETTERS} characters")
        if self.secret and self.secret == self.api_key:
            said.append("ONCUE_SECRET and ONCUE_API_KEY are the same: whoever has the key could sign tokens")
        if 0 < self.engine_memory < ENGINE_MEMORY:
            said.append(f"ONCUE_ENGINE_MEMORY is less than {ENGINE_MEMORY}: the engine itself needs that")
        if self.folder.exists() and not self.folder.is_dir():
            said.append(f"ONCUE_DATA is a file (it is {self.data!r}): write a folder")
        return [*said, *_public(self.public_url), *self._clashes(), *_schemes(self)]

    def _clashes(self) -> Iterator[str]:
        if self.clock_port and self.clock_port == self.relay_port:
            yield f"ONCUE_CLOCK_PORT and ONCUE_RELAY_PORT are both {self.clock_port}"
        for field, name in UNPREFIXED.items():
            for address in getattr(self, field).split(","):
                try:
                    host, port = urlsplit(address).hostname, urlsplit(address).port
                    if host in LOCAL and port and port == self.port:
                        yield f"ONCUE_PORT is {self.port}, where {name} says that another server is"
                except ValueError:
                    yield f"{name} has a host or a port that is none"


def variable(field: str) -> str:
    """The environment variable of a field."""
    return UNPREFIXED.get(field, f"ONCUE_{field.upper()}")


@cache
def _types() -> dict[str, Any]:
    return get_type_hints(Settings, include_extras=True)


def _unknown(environment: Mapping[str, str], known: list[str]) -> Iterator[str]:
    for name in sorted(environment):
        if name.startswith("ONCUE_") and name not in known:
            near = get_close_matches(name, known, 1)
            yield f"{name} is no setting" + (f": did you mean {near[0]}?" if near else "")


def _public(given: str) -> Iterator[str]:
    try:
        url = urlsplit(given)
        if given and not (url.scheme in ("http", "https") and url.hostname and url.port != 0):
            raise ValueError("no web address")
    except ValueError:
        yield f"ONCUE_PUBLIC_URL is no web address (it is {given!r}): write https://host"
        return
    if url.path.strip("/") or url.query or url.fragment or url.username:
        yield "ONCUE_PUBLIC_URL has more than a host and a port: pages cannot live below a path"


def _schemes(settings: Settings) -> Iterator[str]:
    schemes = {address.strip().partition(":")[0] for address in settings.nats_url.split(",")}
    if settings.nats_url and not schemes <= {"nats", "tls", "ws", "wss"}:
        yield "NATS_URL is no NATS address: write nats://host:4222"
    scheme = settings.database_url.partition(":")[0].partition("+")[0]
    if settings.database_url and scheme not in ("sqlite", "postgresql", "postgres"):
        yield "DATABASE_URL is no database that we know: write postgresql://user:password@host/database"


def _shown(field: str, value: Any) -> str:
    if field in HIDDEN:
        return "(hidden)" if value else ""
    if field in UNPREFIXED:
        return re.sub(r"(?<=://)[^/@,]*@", "***@", value).partition("?")[0]
    return str(value)
