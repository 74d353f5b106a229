"""Signed calls to WeChat Pay APIv3 (api.mch.weixin.qq.com): what all its endpoints share."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from src.services.wechat.errors import NothingSent, OutcomeUnknown, PayError
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
        if not merchant.wechatpay_keys:
            raise NothingSent("there is no key that could verify the answer")
        answer = self.exchange(merchant, method, path, body)
        self.verify(answer, merchant.wechatpay_keys)
        return document_of(answer) if answer.body else {}

    def exchange(self, merchant: Merchant, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """Returns a successful answer that nobody has verified yet.

        Raises:
            PayError. OutcomeUnknown.
        """
        text = "" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        answer = self._transport.send(
            method, path, body=text.encode() or None, headers=self._headers(merchant, method, path, text)
        )
        _require_success(answer)
        return answer

    def download(
        self, merchant: Merchant, path: str, write: Callable[[bytes], object], *, max_bytes: int, within_s: float
    ) -> None:
        """Hands a file's content to `write`, piece by piece. WeChat does not sign files.

        Raises:
            PayError. OutcomeUnknown: too large, too slow or incomplete; some of it may have been written.
        """
        headers = self._headers(merchant, "GET", path, "")
        _require_success(self._transport.download(path, write, headers=headers, max_bytes=max_bytes, within_s=within_s))

    def verify(self, answer: Answer, keys: Mapping[str, RSAPublicKey]) -> None:
        """Raises OutcomeUnknown unless one of `keys` (by id) signed the answer within the last five minutes."""
        key = keys.get(answer.headers.get("Wechatpay-Serial", ""))
        timestamp = answer.headers.get("Wechatpay-Timestamp", "")
        signed = message(
            timestamp, answer.headers.get("Wechatpay-Nonce", ""), answer.body.decode("utf-8", errors="replace")
        )
        signature = answer.headers.get("Wechatpay-Signature", "")
        if key is None or not is_fresh(timestamp, self._clock.now()) or not verify(key, signed, signature):
            raise OutcomeUnknown("the answer's signature is not WeChat's")

    def _headers(self, merchant: Merchant, method: str, path: str, body: str) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Authorization": authorization(
                merchant,
                method=method,
                path=path,
                timestamp=int(self._clock.now().timestamp()),
                nonce=secrets.token_hex(16),
                body=body,
            ),
        }
        if merchant.wechatpay_keys:
            headers["Wechatpay-Serial"] = next(iter(merchant.wechatpay_keys))
        return headers | {"Content-Type": "application/json"} if body else headers


def is_fresh(timestamp: str, now: datetime) -> bool:
    """Returns whether `timestamp` (unix seconds as digits) is within five minutes of `now`."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= FRESHNESS_S


def document_of(answer: Answer) -> dict[str, Any]:
    """Raises OutcomeUnknown if the answer is not a JSON object."""
    try:
        document = json.loads(answer.body.decode("utf-8"))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise OutcomeUnknown("not a JSON object")
    return document


def _require_success(answer: Answer) -> None:
    if answer.status >= 400:
        raise _refusal(answer)
    if answer.status not in (200, 204):
        raise OutcomeUnknown(f"status {answer.status}")


def _refusal(answer: Answer) -> PayError | OutcomeUnknown:
    try:
        document = document_of(answer)
    except OutcomeUnknown:
        document = {}
    # WeChat Pay names its refusals; what has no name came from something in between.
    if answer.status >= 500 or answer.status == 429 or not document.get("code"):
        return OutcomeUnknown(f"{answer.status} {document.get('code', '')}".rstrip())
    return PayError(answer.status, str(document.get("code", "")), str(document.get("message", "")))
