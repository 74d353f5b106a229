"""Signed calls to WeChat Pay APIv3 (api.mch.weixin.qq.com): what all its endpoints share."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from typing import Any

from src.services.wechat.errors import OutcomeUnknown, PayError
from src.services.wechat.signing import Merchant, authorization, message, verify
from src.services.wechat.transport import Answer, Transport
from src.utils.clock import Clock

FRESHNESS_S = 300


class PayCalls:
    """Calls for one merchant each; each 2xx answer is verified before it is believed."""

    def __init__(self, *, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock

    def call(self, merchant: Merchant, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Returns the answer's object, empty for an empty answer. `path` is signed and sent as it is, query included.

        Raises:
            PayError: refused. OutcomeUnknown: no believable answer; WeChat may have done it.
        Source: WeChat Pay APIv3, "how to generate a request signature", "how to verify a response signature".
        """
        text = "" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        answer = self._transport.send(
            method, path, body=text.encode() or None, headers=self._headers(merchant, method, path, text)
        )
        if answer.status >= 400:
            raise _refusal(answer)
        if answer.status not in (200, 204):
            raise OutcomeUnknown(f"status {answer.status}")
        self._verify(merchant, answer)
        return _document(answer.body) if answer.body else {}

    def _headers(self, merchant: Merchant, method: str, path: str, body: str) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Wechatpay-Serial": next(iter(merchant.wechatpay_keys)),
            "Authorization": authorization(
                merchant,
                method=method,
                path=path,
                timestamp=int(self._clock.now().timestamp()),
                nonce=secrets.token_hex(16),
                body=body,
            ),
        }
        return headers | {"Content-Type": "application/json"} if body else headers

    def _verify(self, merchant: Merchant, answer: Answer) -> None:
        key = merchant.wechatpay_keys.get(answer.headers.get("Wechatpay-Serial", ""))
        timestamp = answer.headers.get("Wechatpay-Timestamp", "")
        signed = message(
            timestamp, answer.headers.get("Wechatpay-Nonce", ""), answer.body.decode("utf-8", errors="replace")
        )
        signature = answer.headers.get("Wechatpay-Signature", "")
        if key is None or not is_fresh(timestamp, self._clock.now()) or not verify(key, signed, signature):
            raise OutcomeUnknown("the answer's signature is not WeChat's")


def is_fresh(timestamp: str, now: datetime) -> bool:
    """Returns whether `timestamp` (unix seconds as digits) is within five minutes of `now`."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= FRESHNESS_S


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body.decode("utf-8"))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise OutcomeUnknown("not a JSON object")
    return document


def _refusal(answer: Answer) -> PayError | OutcomeUnknown:
    try:
        document = _document(answer.body)
    except OutcomeUnknown:
        document = {}
    if answer.status >= 500 or answer.status == 429:
        return OutcomeUnknown(f"{answer.status} {document.get('code', '')}")
    return PayError(answer.status, str(document.get("code", "")), str(document.get("message", "")))
