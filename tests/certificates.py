"""Certificates to sign with, as an authority would give them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

Key = Any
PLAIN = NoEncryption()


def key(curve: ec.EllipticCurve | None = None) -> Key:
    return ec.generate_private_key(curve or ec.SECP256R1())


def issued(
    name: str,
    subject: Key,
    *,
    by: tuple[str, Key] | None = None,
    days: tuple[int, int] = (-1, 365),
    authority: bool = False,
    signs: bool = True,
) -> x509.Certificate:
    """A certificate of `name`, valid between two days from today; without `by`, its own."""
    issuer, issuing = by or (name, subject)
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=signs, content_commitment=signs, key_encipherment=not signs,
        data_encipherment=False, key_agreement=False, key_cert_sign=authority, crl_sign=authority,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder(subject_name=_name(name), issuer_name=_name(issuer))
        .public_key(subject.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(issuing, hashes.SHA256())
    )


def pem(secret: Key, *found: x509.Certificate, password: bytes = b"") -> str:
    sealed = BestAvailableEncryption(password) if password else PLAIN
    parts = [one.public_bytes(Encoding.PEM) for one in found]
    parts.append(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed))
    return b"".join(parts).decode()


def archive(
    secret: Key, leaf: x509.Certificate, *others: x509.Certificate, password: bytes
) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        None, secret, leaf, others, BestAvailableEncryption(password)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
