"""Signatures of archives: Ed25519 (RFC 8032), by a key that comes from the node's secret."""

from __future__ import annotations

import base64
import hashlib
import hmac

import msgspec

CONTEXT = b"oncue log 1\n"
"""Stands before what is signed, so that no signature is good for anything else."""


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`key` is the public key, `value` the signature, both in base64."""

    key: str
    value: str
    algorithm: str = "Ed25519"


class Signer:
    """Signs with the key that belongs to a secret: all nodes with the same secret have the same key."""

    def __init__(self, secret: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(hmac.digest(secret, CONTEXT, hashlib.sha256))

    @property
    def public(self) -> str:
        """The public key, in base64."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def sign(self, digest: bytes) -> Signature:
        """The signature of an archive with this digest."""
        return Signature(self.public, base64.b64encode(self._key.sign(CONTEXT + digest)).decode())


def is_signed(digest: bytes, signature: Signature) -> bool:
    """Whether an archive with this digest was signed so, by whoever has that key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if signature.algorithm != "Ed25519":
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(signature.key))
        key.verify(_bytes(signature.value), CONTEXT + digest)
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes(text: str) -> bytes:
    """What stands in base64. Raises `ValueError` unless it is written as it would be written."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not canonical base64")
    return data
