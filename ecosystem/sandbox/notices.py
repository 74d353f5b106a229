"""Payment notifications: what they say, how they are sealed, when they are tried again."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecosystem.sandbox import crypto
from ecosystem.sandbox.clock import Clock, rfc3339
from ecosystem.sandbox.orders import Order
from ecosystem.sandbox.signing import FLAWS, signature_headers

RETRY_AFTER_S = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
NOTICE_FLAWS = (*FLAWS, "garbled")
ENVELOPE_OVERRIDES = ("id", "event_type")
PLAIN_OVERRIDES = {
    "amount_total": ("amount", "total"),
    "currency": ("amount", "currency"),
    "payer_openid": ("payer", "openid"),
    "mchid": ("mchid",),
    "appid": ("appid",),
    "out_trade_no": ("out_trade_no",),
    "transaction_id": ("transaction_id",),
    "trade_state": ("trade_state",),
    "success_time": ("success_time",),
}


@dataclass(frozen=True)
class Letter:
    """One notification as it goes over the wire."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Attempt:
    """One delivery and how it ended: a status with its body, or an error."""

    at: str
    automatic: bool
    flaw: str | None
    status: int | None
    body: str
    error: str | None

    @property
    def acknowledged(self) -> bool:
        return self.status in (200, 204)


@dataclass
class Notice:
    """The notification of one payment; `due` is when it is tried next, None when it is not."""

    order: Order
    created_at: float
    due: float | None
    id: str = field(default_factory=lambda: f"EV-{secrets.randbelow(10**20):020d}")
    attempts: list[Attempt] = field(default_factory=list)
    retries: int = 0
    acknowledged: bool = False

    def retry_later(self, scheduled: float) -> None:
        """Put the next try after the one that was due at `scheduled`; none after the last."""
        if self.retries < len(RETRY_AFTER_S):
            self.due = scheduled + RETRY_AFTER_S[self.retries]
            self.retries += 1

    @property
    def status(self) -> str:
        if self.acknowledged:
            return "acknowledged"
        return "given_up" if self.retries == len(RETRY_AFTER_S) and self.due is None else "pending"


def write_letter(notice: Notice, clock: Clock, flaw: str | None, overrides: Mapping[str, Any]) -> Letter:
    """Return the notification, signed now; flaw and overrides make it one WeChat would not send."""
    body = json.dumps(_envelope(notice, clock, flaw, overrides), ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "Mozilla/4.0"}
    headers |= signature_headers(notice.order.account, body, clock.header_time(), flaw)
    return Letter(notice.order.params["notify_url"], headers, body)


def _envelope(notice: Notice, clock: Clock, flaw: str | None, overrides: Mapping[str, Any]) -> dict[str, Any]:
    envelope = {
        "id": notice.id,
        "create_time": rfc3339(notice.created_at),
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "resource": _resource(notice, _plaintext(notice, clock, overrides), flaw),
    }
    return envelope | {name: overrides[name] for name in ENVELOPE_OVERRIDES if name in overrides}


def _plaintext(notice: Notice, clock: Clock, overrides: Mapping[str, Any]) -> bytes:
    document = notice.order.transaction(clock.now())
    for name, path in PLAIN_OVERRIDES.items():
        if name in overrides:
            owner = document[path[0]] if len(path) > 1 else document
            owner[path[-1]] = overrides[name]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _resource(notice: Notice, plaintext: bytes, flaw: str | None) -> dict[str, str]:
    nonce = secrets.token_hex(6)
    ciphertext = crypto.seal(notice.order.account.api_v3_key, nonce, "transaction", plaintext)
    if flaw == "garbled":
        ciphertext = ("B" if ciphertext[0] == "A" else "A") + ciphertext[1:]
    return {
        "original_type": "transaction",
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": ciphertext,
        "associated_data": "transaction",
        "nonce": nonce,
    }
