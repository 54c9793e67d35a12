"""The certificate this installation signs its documents with.

`settings.PDF_CERTIFICATE` is PEM, or the path of a file in PEM or PKCS#12, with its key. Without it
one that vouches for itself is made, once, beside the other secrets. It is read for each document,
so that a renewed one serves the next. The key stays in this process.
"""

import contextlib
import os
import re
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from signatures.exports.sandbox import NotPrinted

YEARS = 10  # of one we make: it is trusted by its fingerprint, and a new one has another
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_KEY = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_FEWEST_BITS = 2048
_NEW_BITS = 3072
_LONGEST_NAME = 64  # X.520 ub-common-name
_CURVES = ("secp256r1", "secp384r1", "secp521r1")
_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
_UNREADABLE = _("The certificate that signs PDF files can't be read.")
_STRANGERS = _("The certificate that signs PDF files doesn't belong to its key.")
_UNFIT = _("The certificate that signs PDF files isn't made for signing documents.")
_KIND = _("The key that signs PDF files must be RSA (2048 bits or more) or of a NIST curve.")
_EARLY = _("The certificate that signs PDF files isn't valid yet.")
_OVER = _("The certificate that signs PDF files has expired.")


class Unusable(NotPrinted):
    """Nothing can be signed with what is there; the reason never quotes it."""


@dataclass(frozen=True, slots=True)
class Certificate:
    key: Key = field(repr=False)
    leaf: x509.Certificate
    chain: tuple[x509.Certificate, ...]  # of those who vouch for it, as far as they are given

    @property
    def subject(self) -> str:
        """Whom it names, as one would say it."""
        for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
            for name in self.leaf.subject.get_attributes_for_oid(kind):
                return str(name.value)
        return self.leaf.subject.rfc4514_string()

    @property
    def fingerprint(self) -> str:
        """SHA-256 as certificate viewers show it."""
        return self.leaf.fingerprint(hashes.SHA256()).hex(":").upper()

    @property
    def self_signed(self) -> bool:
        try:
            self.leaf.verify_directly_issued_by(self.leaf)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    @property
    def valid_until(self) -> datetime:
        return self.leaf.not_valid_after_utc


@dataclass(frozen=True, slots=True)
class Description:
    """What readers are told, so that they can compare it with what their viewer shows."""

    subject: str
    fingerprint: str
    self_signed: bool
    valid_until: datetime


def describe() -> Description:
    """The certificate the next document is signed with. Raises Unusable."""
    found = current()
    return Description(found.subject, found.fingerprint, found.self_signed, found.valid_until)


def current(*, now: datetime | None = None) -> Certificate:
    """The certificate to sign with now, made if need be. Raises Unusable."""
    found = present() or _make()
    moment = now or timezone.now()
    if moment > found.valid_until:
        raise Unusable(_OVER, "expired")
    if moment < found.leaf.not_valid_before_utc:
        raise Unusable(_EARLY, "not valid yet")
    return found


def present() -> Certificate | None:
    """The given certificate, else our own, in time or not; none while ours isn't made."""
    given = settings.PDF_CERTIFICATE.strip()
    if "-----BEGIN" in given:
        return _parse(given.encode())
    path = Path(given) if given else own()
    try:
        return _parse(path.read_bytes())
    except FileNotFoundError:
        if given:
            raise Unusable(_UNREADABLE, "no such file") from None
        return None
    except OSError as wrong:
        raise Unusable(_UNREADABLE, type(wrong).__name__) from None


def usable() -> Certificate | None:
    """The same for whoever only speaks of it: none, too, where it can't be used."""
    try:
        return present()
    except Unusable:
        return None


def own() -> Path:
    """Where the one we made ourselves is kept."""
    return Path(settings.DATA_DIR) / "secrets" / "pdf_certificate"


def named(host: str) -> str:
    """The subject of our own: the host, as far as there is room for it."""
    return host[:_LONGEST_NAME]


def _parse(data: bytes) -> Certificate:
    password = settings.PDF_CERTIFICATE_PASSWORD.strip("\r\n").encode() or None
    read = _from_pem if b"-----BEGIN" in data else _from_pkcs12
    try:
        key, found = read(data, password)
    except (ValueError, TypeError) as wrong:  # their texts may quote what was read
        raise Unusable(_UNREADABLE, type(wrong).__name__) from None
    leaf = next((one for one in found if one.public_key() == key.public_key()), None)
    if leaf is None:
        raise Unusable(_STRANGERS, "no certificate for the key")
    if not _for_documents(leaf):
        raise Unusable(_UNFIT, "key usage")
    return Certificate(key, leaf, tuple(one for one in found if one != leaf))


def _from_pem(data: bytes, password: bytes | None) -> tuple[Key, list[x509.Certificate]]:
    block = _KEY.search(data)
    if block is None:
        raise Unusable(_UNREADABLE, "no private key")
    secret = password if b"ENCRYPTED" in block[0] else None
    key = serialization.load_pem_private_key(block[0], secret)
    return _fit(key), x509.load_pem_x509_certificates(_KEY.sub(b"", data))


def _from_pkcs12(data: bytes, password: bytes | None) -> tuple[Key, list[x509.Certificate]]:
    key, leaf, others = pkcs12.load_key_and_certificates(data, password)
    return _fit(key), [*([leaf] if leaf else []), *others]


def _fit(key: object) -> Key:
    """Only what viewers of today can check."""
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _FEWEST_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key
    raise Unusable(_KIND, type(key).__name__)


def _for_documents(leaf: x509.Certificate) -> bool:
    """A certificate that says what it is for must name signatures (RFC 5280 §4.2.1.3)."""
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _make() -> Certificate:
    """Our own, made once: of several processes the first to link its file wins."""
    path = own()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_vouch(settings.SITE_HOST, timezone.now()))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            Path(draft).unlink()
        return _parse(path.read_bytes())
    except OSError as wrong:
        raise Unusable(_UNREADABLE, type(wrong).__name__) from None


def _vouch(host: str, now: datetime) -> bytes:
    """A new key and the certificate it signs for itself, in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_NEW_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, named(host))])
    certificate = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks differ
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_USAGE, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    kept = serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, kept, serialization.NoEncryption()) + certificate.public_bytes(
        pem
    )
