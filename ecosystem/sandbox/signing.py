"""How WeChat Pay signs what it sends, and the ways a test can have that go wrong."""

import secrets

from ecosystem.sandbox import crypto
from ecosystem.sandbox.accounts import Account

SIGNTEST = "WECHATPAY/SIGNTEST/"
SKEW_S = {"stale": -301, "future": 301}
FLAWS = ("unsigned", "forged", "signtest", "stale", "future", "unknown_serial")


def signature_headers(account: Account, body: bytes, moment: float, flaw: str | None = None) -> dict[str, str]:
    """Return the Wechatpay-* headers over `body`.

    Args:
        account: The merchant that is addressed; each has its own WeChat Pay key.
        body: The bytes as sent.
        moment: When it is signed, in seconds since the epoch.
        flaw: None for a right signature, or one of FLAWS.
    """
    if flaw == "unsigned":
        return {}
    timestamp = str(int(moment) + SKEW_S.get(flaw or "", 0))
    nonce = secrets.token_hex(16)
    return {
        "Wechatpay-Serial": _serial(account, flaw),
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": _signature(account, crypto.message(timestamp, nonce, body), flaw),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }


def _serial(account: Account, flaw: str | None) -> str:
    known = account.wechatpay_public_key_id
    return f"PUB_KEY_ID_{secrets.randbelow(10**34):034d}" if flaw == "unknown_serial" else known


def _signature(account: Account, message: bytes, flaw: str | None) -> str:
    if flaw == "forged":
        return crypto.sign(account.wechatpay_key, b"another message\n")
    signature = crypto.sign(account.wechatpay_key, message)
    return SIGNTEST + signature[len(SIGNTEST) :] if flaw == "signtest" else signature
