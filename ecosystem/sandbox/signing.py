"""How WeChat Pay signs what it sends, and the ways a test can have that go wrong."""

import secrets

from ecosystem.sandbox import crypto
from ecosystem.sandbox.signers import Signer

SIGNTEST = "WECHATPAY/SIGNTEST/"
# What is signed ahead would be in time again by the time that it arrives: more than a slow machine takes.
SKEW_S = {"stale": -301, "future": 360}
FLAWS = ("unsigned", "forged", "signtest", "stale", "future", "unknown_serial")


def signature_headers(signer: Signer, body: bytes, moment: float, flaw: str | None = None) -> dict[str, str]:
    """Return the Wechatpay-* headers over `body`.

    Args:
        signer: The key of WeChat Pay that the merchant is addressed with; each merchant has its own.
        body: The bytes as sent.
        moment: When it is signed, in seconds since the epoch.
        flaw: None for a right signature, or one of FLAWS.
    """
    if flaw == "unsigned":
        return {}
    timestamp = str(int(moment) + SKEW_S.get(flaw or "", 0))
    nonce = secrets.token_hex(16)
    return {
        "Wechatpay-Serial": _unknown_serial(signer) if flaw == "unknown_serial" else signer.serial,
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": _signature(signer, crypto.message(timestamp, nonce, body), flaw),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }


def _unknown_serial(signer: Signer) -> str:
    """Return a serial of the same kind that is nobody's."""
    if signer.serial.startswith("PUB_KEY_ID_"):
        return f"PUB_KEY_ID_{secrets.randbelow(10**34):034d}"
    return secrets.token_hex(20).upper()


def _signature(signer: Signer, message: bytes, flaw: str | None) -> str:
    if flaw == "forged":
        return crypto.sign(signer.key, b"another message\n")
    signature = crypto.sign(signer.key, message)
    return SIGNTEST + signature[len(SIGNTEST) :] if flaw == "signtest" else signature
