"""Keys as stores keep them: PEM text in, keys that check WeChat Pay's signatures out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from src.models.stores import StoredCertificate
from src.services.wechat.certificates import PlatformCertificate


def rsa_private(pem: str) -> RSAPrivateKey:
    """Raises ValueError if this is not the PEM text of an RSA private key."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the merchant's key is not an RSA key")
    return key


def rsa_public(pem: str) -> RSAPublicKey:
    """Raises ValueError if this is not the PEM text of an RSA public key."""
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("WeChat Pay's key is not an RSA key")
    return key


def trusted_keys(
    key_id: str | None, pem: str | None, certificates: Sequence[StoredCertificate], now: datetime
) -> dict[str, RSAPublicKey]:
    """Returns WeChat Pay's keys by id: its public key, then the certificates that have not expired, the newest first.

    A certificate that is not effective yet comes last: WeChat could not be asked to sign with it.
    """
    usable = [certificate for certificate in certificates if certificate.expires_at > now]
    usable.sort(key=lambda certificate: (certificate.effective_at <= now, certificate.effective_at), reverse=True)
    own = {key_id: rsa_public(pem)} if key_id and pem else {}
    return own | {certificate.serial: rsa_public(certificate.public_key) for certificate in usable}


def as_stored(certificate: PlatformCertificate) -> StoredCertificate:
    pem = certificate.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return StoredCertificate(
        serial=certificate.serial,
        public_key=pem,
        effective_at=certificate.effective_at,
        expires_at=certificate.expires_at,
    )
