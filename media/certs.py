"""Certificates that browsers accept by their fingerprint."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from oncue.engine.structs import Micros

DAYS = 13
EARLIER = timedelta(hours=12)
"""A device whose clock is late must find that it has begun."""


class Certificate(msgspec.Struct, frozen=True):
    """What a server shows, its private key, the SHA-256 (hex) for `serverCertificateHashes`, and when it ends (µs since the epoch)."""

    shown: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    fingerprint: str
    ends: Micros


def make_certificate(names: tuple[str, ...], now: Micros) -> Certificate:
    """A self-signed one as WebTransport wants it: ECDSA with P-256, good for at most 14 days (W3C WebTransport, "custom certificate
    requirements")."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    begins = datetime.fromtimestamp(now / 1e6, UTC) - EARLIER
    ends = begins + timedelta(days=DAYS)
    shown = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([_named(one) for one in names]), critical=False)
        .sign(key, SHA256())
    )
    return Certificate(shown, key, shown.fingerprint(SHA256()).hex(), int(ends.timestamp() * 1e6))


def _named(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
