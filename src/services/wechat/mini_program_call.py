"""The conventions of api.weixin.qq.com: HTTP 200 always, `errcode` decides."""

from __future__ import annotations

import json
from typing import Any

from src.services.wechat.errors import MiniProgramError, OutcomeUnknown
from src.services.wechat.transport import Transport


def call(transport: Transport, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Returns the answer's object. Bodies go out as raw UTF-8: WeChat judges `\\uXXXX` escapes as text.

    Raises:
        MiniProgramError: `errcode` is not 0. OutcomeUnknown: the answer is not such an object.
    """
    return _document(_answered(transport, method, path, body))


def call_for_bytes(transport: Transport, path: str, body: dict[str, Any]) -> bytes:
    """Returns the bytes that WeChat answers a POST with. A refusal is JSON there too.

    Raises:
        MiniProgramError: `errcode` is not 0. OutcomeUnknown: the answer is an object without one.
    """
    raw = _answered(transport, "POST", path, body)
    if raw[:1] != b"{":
        return raw
    _document(raw)
    raise OutcomeUnknown("a JSON object in place of bytes")


def _answered(transport: Transport, method: str, path: str, body: dict[str, Any] | None) -> bytes:
    raw = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    answer = transport.send(method, path, body=raw, headers={"Content-Type": "application/json"} if raw else {})
    if answer.status != 200:
        raise OutcomeUnknown(f"status {answer.status}")
    return answer.body


def _document(raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw.decode("utf-8"))
        errcode = int(document.get("errcode", 0))
    except (ValueError, AttributeError, TypeError):
        raise OutcomeUnknown("not a JSON object") from None
    if errcode != 0:
        raise MiniProgramError(errcode, str(document.get("errmsg", "")))
    result: dict[str, Any] = document
    return result


def required_text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise OutcomeUnknown(f"no {name}")
    return value
