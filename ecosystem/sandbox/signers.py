"""Which of WeChat Pay's keys signs what: answers as the merchant asks, notifications as the migration stands.

Source: WeChat Pay APIv3, "from platform certificates to the public key".
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from ecosystem.sandbox.accounts import Account

CALLBACK_KEYS = {
    "public_key": ("public_key",),
    "certificates": ("certificate",),
    "both": ("mixed", "public_key", "certificate"),
}


@dataclass(frozen=True)
class Signer:
    """A private key of WeChat Pay, and the serial it is known by."""

    serial: str
    key: rsa.RSAPrivateKey


def answering_signer(account: Account, asked: str | None) -> Signer:
    """Return who signs an answer: the serial the request names, else the newest certificate or the public key."""
    own = _certificate_signers(account) if account.keys == "certificates" else [_public_key_signer(account)]
    known = [*_certificate_signers(account), *own]
    return next((signer for signer in known if signer.serial == asked), (_certificate_signers(account) or own)[-1])


def notifying_signer(account: Account, callbacks: str, turn: int) -> Signer:
    """Return who signs the notification of that turn: with mixed keys, every other one."""
    by_certificate = callbacks == "certificate" or (callbacks == "mixed" and turn % 2 == 1)
    return _certificate_signers(account)[-1] if by_certificate else _public_key_signer(account)


def _public_key_signer(account: Account) -> Signer:
    return Signer(account.wechatpay_public_key_id, account.wechatpay_key)


def _certificate_signers(account: Account) -> list[Signer]:
    return [Signer(certificate.serial, certificate.key) for certificate in account.certificates]
