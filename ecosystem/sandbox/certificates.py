"""Platform certificates: what WeChat Pay signed with before it had public keys, and still does for older merchants.

Source: WeChat Pay APIv3, "platform certificates".
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from ecosystem.sandbox import crypto

LIFETIME = timedelta(days=5 * 365)
NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tenpay.com"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com Root CA (sandbox)"),
    ]
)


@dataclass(frozen=True)
class Certificate:
    """One certificate with its private key, both PEM."""

    pem: str
    private_pem: str

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        return crypto.load_private_key(self.private_pem)

    @cached_property
    def serial(self) -> str:
        return f"{self._parsed.serial_number:040X}"

    @property
    def effective_at(self) -> float:
        return self._parsed.not_valid_before_utc.timestamp()

    @property
    def expires_at(self) -> float:
        return self._parsed.not_valid_after_utc.timestamp()

    @cached_property
    def _parsed(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.pem.encode())


def make_certificate() -> Certificate:
    """Return a new certificate, signed by itself, valid for five years from now."""
    private_pem, now = crypto.new_private_pem(), datetime.now(UTC)
    key = crypto.load_private_key(private_pem)
    builder = x509.CertificateBuilder(NAME, NAME, key.public_key(), x509.random_serial_number(), now, now + LIFETIME)
    pem = builder.sign(key, SHA256()).public_bytes(serialization.Encoding.PEM)
    return Certificate(pem.decode(), private_pem)
