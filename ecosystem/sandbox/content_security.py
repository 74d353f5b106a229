"""Content security: texts are judged at once, pictures and sounds by a message push later.

Source: mini-program, msgSecCheck v2 and mediaCheckAsync v2.
"""

import re
from typing import Any
from urllib.parse import unquote

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.members import required_choice, required_text
from ecosystem.sandbox.messages import Request, Response
from ecosystem.sandbox.mini_program_errors import MiniProgramError
from ecosystem.sandbox.posted import authorized, succeeded
from ecosystem.sandbox.security_checks import SecurityCheck
from ecosystem.sandbox.sensitive_words import Judgement, judge
from ecosystem.sandbox.state import State
from ecosystem.sandbox.web_addresses import is_web_address

LONGEST_TEXT = 2500
FRESH_LOGIN_S = 2 * 3600
JUDGED_AFTER_S = 2.0
TEXTS = ("content", "title", "nickname", "signature")
# Control characters are escaped by every encoder; from U+0080 on an escape hides text from the check.
ESCAPED_TEXT = re.compile(rb"(?<!\\)(?:\\\\)*\\u(?!00[0-7])[0-9a-fA-F]{4}")


def check_text(state: State, request: Request) -> Response:
    """POST /wxa/msg_sec_check."""
    account, body = authorized(state, request)
    if ESCAPED_TEXT.search(request.body):
        raise MiniProgramError(47001, "SANDBOX: text escaped as \\uXXXX is not checked by WeChat, send raw UTF-8")
    openid, scene = _asker(state, account, body)
    texts = {name: body[name] for name in TEXTS if name in body}
    if not all(isinstance(text, str) and len(text) <= LONGEST_TEXT for text in texts.values()):
        raise MiniProgramError(40097)
    if not texts.get("content"):
        raise MiniProgramError(40097)
    judgement = judge("\n".join(texts.values()))
    check = SecurityCheck(account, "text", openid, scene, texts, state.clock.now(), judgement)
    state.security_checks.add(check)
    result = {"suggest": judgement.suggest, "label": judgement.label}
    return succeeded(result=result, detail=_detail(judgement), trace_id=check.trace_id)


def check_media(state: State, request: Request) -> Response:
    """POST /wxa/media_check_async."""
    account, body = authorized(state, request)
    media_type = required_choice(body, "media_type", 40004, 1, 2)
    if not _is_address(body.get("media_url")):
        raise MiniProgramError(40097)
    openid, scene = _asker(state, account, body)
    media = {"mediaUrl": body["media_url"], "mediaType": media_type}
    now = state.clock.now()
    check = state.security_checks.add(SecurityCheck(account, "media", openid, scene, media, now))
    state.agenda.add(now + JUDGED_AFTER_S, lambda: end_media_check(state, check, judge(unquote(media["mediaUrl"]))))
    return succeeded(trace_id=check.trace_id)


def end_media_check(state: State, check: SecurityCheck, judgement: Judgement) -> None:
    """Push the result, unless this check has ended before.

    The label is a string, as seen in real pushes; it is a number in the documentation.
    """
    if check.judgement is not None:
        return
    check.judgement = judgement
    outcome = {"suggest": judgement.suggest, "label": str(judgement.label)}
    event = {
        "FromUserName": check.openid,
        "Event": "wxa_media_check",
        "appid": check.account.appid,
        "trace_id": check.trace_id,
        "version": 2,
        "detail": [{"strategy": "content_model", "errcode": 0, **outcome, "prob": 90}],
        "errcode": 0,
        "errmsg": "ok",
        "result": outcome,
    }
    state.push(check.account, event)


def _asker(state: State, account: Account, body: dict[str, Any]) -> tuple[str, int]:
    """Return the user the content is from, seen within the last two hours, and the scene."""
    if body.get("version") != 2:
        raise MiniProgramError(40097)
    scene = required_choice(body, "scene", 40129, 1, 2, 3, 4)
    openid = required_text(body, "openid", 40003)
    _check_user(state, account, openid)
    return openid, scene


def _check_user(state: State, account: Account, openid: str) -> None:
    user = state.users.find_by_openid(account.appid, openid)
    if user is None:
        foreign = any(state.users.find_by_openid(other.appid, openid) for other in state.accounts.all())
        raise MiniProgramError(43104 if foreign else 40003)
    last_login_at = state.sessions.last_login_at(account.appid, user.id)
    if last_login_at is None or state.clock.now() - last_login_at > FRESH_LOGIN_S:
        raise MiniProgramError(61010)


def _detail(judgement: Judgement) -> list[dict[str, Any]]:
    by_word = judgement.keyword is not None
    found: dict[str, Any] = {"strategy": "keyword" if by_word else "content_model", "errcode": 0}
    found |= {"suggest": judgement.suggest, "label": judgement.label}
    return [found | ({"keyword": judgement.keyword} if by_word else {"prob": 90})]


def _is_address(url: Any) -> bool:
    return isinstance(url, str) and is_web_address(url)
