"""WeChat Pay's notifications: from raw bytes to a fact that can be trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from src.services.wechat.errors import BadNotification
from src.services.wechat.pay_calls import is_fresh
from src.services.wechat.signing import Merchant, decrypt, message, verify


class NotificationKind(StrEnum):
    """What a notification is about; each kind has an address of its own."""

    PAYMENT = "payment"
    REFUND = "refund"


_KINDS = {
    "TRANSACTION.SUCCESS": NotificationKind.PAYMENT,
    "REFUND.SUCCESS": NotificationKind.REFUND,
    "REFUND.ABNORMAL": NotificationKind.REFUND,
    "REFUND.CLOSED": NotificationKind.REFUND,
}


def kind_of(event_type: str) -> NotificationKind | None:
    """Returns None for an event that we know nothing about."""
    return _KINDS.get(event_type)


@dataclass(frozen=True)
class PayNotification:
    """A verified and decrypted notification of one merchant."""

    id: str
    event_type: str
    resource: dict[str, Any]


def read_notification(merchant: Merchant, *, headers: Mapping[str, str], body: bytes, now: datetime) -> PayNotification:
    """Returns the notification, after its freshness, signature and encryption were checked over the raw bytes.

    Raises:
        BadNotification: it is stale, not WeChat's, not for this merchant, or not readable.
    Source: WeChat Pay APIv3, "payment notification".
    """
    _verify(merchant, headers, body, now)
    try:
        envelope = json.loads(body.decode("utf-8"))
        sealed = envelope["resource"]
        plaintext = decrypt(
            merchant.api_v3_key,
            nonce=sealed["nonce"],
            associated_data=sealed.get("associated_data") or "",
            ciphertext=sealed["ciphertext"],
        )
        resource = json.loads(plaintext)
        notification = PayNotification(str(envelope["id"]), str(envelope["event_type"]), dict(resource))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadNotification("the resource cannot be read") from None
    return notification


def _verify(merchant: Merchant, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    timestamp = headers.get("Wechatpay-Timestamp", "")
    if not is_fresh(timestamp, now):
        raise BadNotification("the timestamp is not within five minutes")
    key = merchant.wechatpay_keys.get(headers.get("Wechatpay-Serial", ""))
    if key is None:
        raise BadNotification("the serial is unknown")
    try:
        signed = message(timestamp, headers.get("Wechatpay-Nonce", ""), body.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadNotification("the body is not UTF-8") from None
    if not verify(key, signed, headers.get("Wechatpay-Signature", "")):
        raise BadNotification("the signature is wrong")
