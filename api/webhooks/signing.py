"""Signatures of webhooks as Standard Webhooks has them (https://www.standardwebhooks.com): HMAC-SHA256 of `id.timestamp.body`."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
KEY_BYTES = 32


def new_secret() -> str:
    """A secret to sign with, as its receiver is told it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def headers(id: str, at_s: int, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """The three headers; there is a signature for each secret, so that a receiver may have either."""
    signed = f"{id}.{at_s}.".encode() + body
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(f"v1,{_sign(signed, secret)}" for secret in keys),
    }


def _sign(signed: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
