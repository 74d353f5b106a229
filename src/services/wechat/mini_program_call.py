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
    raw = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    answer = transport.send(method, path, body=raw, headers={"Content-Type": "application/json"} if raw else {})
    if answer.status != 200:
        raise OutcomeUnknown(f"status {answer.status}")
    try:
        document = json.loads(answer.body.decode("utf-8"))
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
