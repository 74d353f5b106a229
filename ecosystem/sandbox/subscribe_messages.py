"""POST /cgi-bin/message/subscribe/send: a message for one accept of its user."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.clock import rfc3339
from ecosystem.sandbox.members import required_text
from ecosystem.sandbox.messages import Request, Response
from ecosystem.sandbox.mini_program_errors import MiniProgramError
from ecosystem.sandbox.posted import authorized, succeeded
from ecosystem.sandbox.sensitive_words import RISKY_WORD
from ecosystem.sandbox.state import State
from ecosystem.sandbox.template_values import unfit_field

STATES = ("developer", "trial", "formal")
LANGUAGES = ("zh_CN", "en_US", "zh_HK", "zh_TW")
PAGE = re.compile(r"/?[0-9A-Za-z_-]+(/[0-9A-Za-z_-]+)*(\?.*)?")


def send(state: State, request: Request) -> Response:
    """Send, and use up one accept.

    Source: mini-program, subscribeMessage.send.

    Raises:
        MiniProgramError: Nothing is sent and no accept is used up.
    """
    account, body = authorized(state, request)
    message = _checked(body)
    openid, template_id = message["touser"], message["templateId"]
    if state.users.find_by_openid(account.appid, openid) is None:
        raise MiniProgramError(40003)
    if not state.subscriptions.take(account.appid, openid, template_id):
        raise MiniProgramError(43101)
    state.subscriptions.sent.append(_sent(account, message, state.clock.now()))
    return succeeded(msgid=secrets.randbelow(10**18))


def _checked(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "touser": required_text(body, "touser", 40003),
        "templateId": required_text(body, "template_id", 40037),
        "page": _page(body.get("page")),
        "miniprogramState": _choice(body, "miniprogram_state", STATES, "formal"),
        "lang": _choice(body, "lang", LANGUAGES, "zh_CN"),
        "data": _values(body.get("data")),
    }


def _sent(account: Account, message: Mapping[str, Any], now: float) -> dict[str, Any]:
    return {"appid": account.appid, "at": rfc3339(now), **message}


def _values(data: Any) -> dict[str, str]:
    if not isinstance(data, dict) or not data:
        raise MiniProgramError(47003, "argument invalid! data invalid")
    if unfit := unfit_field(data):
        raise MiniProgramError(47003, f"argument invalid! data.{unfit}.value invalid")
    values = {name: str(field["value"]) for name, field in data.items()}
    if any(RISKY_WORD in value for value in values.values()):
        raise MiniProgramError(45168)
    return values


def _page(page: Any) -> str | None:
    if page is not None and (not isinstance(page, str) or not PAGE.fullmatch(page)):
        raise MiniProgramError(41030)
    return page


def _choice(body: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = body.get(name, default)
    if value not in allowed:
        raise MiniProgramError(40097)
    return str(value)
