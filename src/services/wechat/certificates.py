"""Platform certificates: what WeChat Pay signs with for merchants that do not use its public key (only)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate

from src.services.wechat.errors import OutcomeUnknown, PayError
from src.services.wechat.pay_calls import PayCalls, document_of
from src.services.wechat.signing import Merchant, decrypt

_NONE_HERE = "RESOURCENOTEXISTS"


@dataclass(frozen=True)
class PlatformCertificate:
    """A key of WeChat Pay with the id that `Wechatpay-Serial` names, and when it may be believed."""

    serial: str
    public_key: RSAPublicKey
    effective_at: datetime
    expires_at: datetime


class CertificateClient:
    """Downloads platform certificates."""

    def __init__(self, calls: PayCalls) -> None:
        self._calls = calls

    def download(self, merchant: Merchant) -> list[PlatformCertificate]:
        """Returns the merchant's platform certificates, none for a merchant that has only the public key.

        The answer may be signed with a certificate that it brings: the merchant's own APIv3 key has sealed that one.

        Raises:
            PayError: refused. OutcomeUnknown: no believable answer.
        Source: WeChat Pay APIv3, "download platform certificates".
        """
        try:
            answer = self._calls.exchange(merchant, "GET", "/v3/certificates")
        except PayError as error:
            if error.code == _NONE_HERE:
                return []
            raise
        found = read_certificates(document_of(answer), merchant.api_v3_key)
        keys = {certificate.serial: certificate.public_key for certificate in found} | dict(merchant.wechatpay_keys)
        if keys:
            self._calls.verify(answer, keys)
        return found


def read_certificates(document: dict[str, Any], api_v3_key: bytes) -> list[PlatformCertificate]:
    """Returns the certificates of an answer.

    Raises:
        OutcomeUnknown: one of them was altered, is sealed with another key, or is not what it says.
    """
    try:
        return [_open(entry, api_v3_key) for entry in document["data"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise OutcomeUnknown("a platform certificate cannot be read; is the APIv3 key right?") from None


def _open(entry: dict[str, Any], api_v3_key: bytes) -> PlatformCertificate:
    sealed = entry["encrypt_certificate"]
    pem = decrypt(
        api_v3_key,
        nonce=sealed["nonce"],
        associated_data=sealed.get("associated_data") or "",
        ciphertext=sealed["ciphertext"],
    )
    certificate = load_pem_x509_certificate(pem)
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or int(entry["serial_no"], 16) != certificate.serial_number:
        raise ValueError("not the RSA certificate of that serial")
    return PlatformCertificate(
        entry["serial_no"], key, certificate.not_valid_before_utc, certificate.not_valid_after_utc
    )
