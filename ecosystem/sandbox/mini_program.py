"""The server API of mini-programs: login, access token, phone number.

Failures are HTTP 200 with an errcode; success leaves errcode out where WeChat does.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.messages import Request, Response, json_response, parse_json
from ecosystem.sandbox.state import State
from ecosystem.sandbox.tokens import TokenError
from ecosystem.sandbox.users import CodeError, CodeRefusal, openid_of

TEXT = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40097: "invalid args",
    40125: "invalid appsecret",
    40163: "code been used",
    40226: "high risk user, login is blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    42001: "access_token expired",
    43002: "require POST method",
    44002: "empty post data",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    47001: "data format error",
}
LOGIN_CODE_ERRORS = {
    CodeRefusal.UNKNOWN: 40029,
    CodeRefusal.FOREIGN: 40029,
    CodeRefusal.EXPIRED: 40029,
    CodeRefusal.USED: 40163,
}
PHONE_CODE_ERRORS = {**LOGIN_CODE_ERRORS, CodeRefusal.FOREIGN: 40013, CodeRefusal.USED: 40029}


class MiniProgramError(Exception):
    """A refusal with its errcode."""

    def __init__(self, errcode: int, errmsg: str | None = None) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = errmsg or TEXT.get(errcode, "refused by the sandbox")

    def response(self, status: int = 200) -> Response:
        rid = "-".join(secrets.token_hex(4) for _ in range(3))
        return json_response({"errcode": self.errcode, "errmsg": f"{self.errmsg} rid: {rid}"}, status)


def code_to_session(state: State, request: Request) -> Response:
    """GET /sns/jscode2session.

    Source: mini-program server API, code2Session.
    """
    if request.method != "GET":
        raise MiniProgramError(41002)
    query = request.query
    _require(query, appid=41002, secret=41004, js_code=41008)
    _require_grant(query, "authorization_code")
    account = _authenticated(state, query)
    now = state.clock.now()
    try:
        code = state.login_codes.check(query["js_code"], account.appid, now)
    except CodeError as refused:
        raise MiniProgramError(LOGIN_CODE_ERRORS[refused.refusal]) from None
    if state.sessions.too_frequent(account.appid, code.user.id, now):
        raise MiniProgramError(45011)
    code.used = True
    key = state.sessions.login(account.appid, code.user.id)
    session = {"session_key": key, "openid": openid_of(code.user.id, account.appid)}
    return json_response(session, content_type="text/plain")


def stable_token(state: State, request: Request) -> Response:
    """POST /cgi-bin/stable_token.

    Source: mini-program server API, getStableAccessToken.
    """
    body = _json_object(request)
    _require(body, appid=41002, secret=41004)
    _require_grant(body, "client_credential")
    force = body.get("force_refresh", False)
    if not isinstance(force, bool):
        raise MiniProgramError(40097)
    account = _authenticated(state, body)
    now = state.clock.now()
    token = state.tokens.series(account.appid).issue(now, force)
    return json_response({"access_token": token.value, "expires_in": int(token.expires_at - now)})


def phone_number(state: State, request: Request) -> Response:
    """POST /wxa/business/getuserphonenumber.

    Source: mini-program server API, getPhoneNumber.
    """
    if request.method != "POST":
        raise MiniProgramError(43002)
    now = state.clock.now()
    appid = _token_owner(state, request, now)
    body = _json_object(request)
    _require(body, code=40029)
    try:
        code = state.phone_codes.check(body["code"], appid, now)
    except CodeError as refused:
        raise MiniProgramError(PHONE_CODE_ERRORS[refused.refusal]) from None
    if "openid" in body and body["openid"] != openid_of(code.user.id, appid):
        raise MiniProgramError(40003)
    code.used = True
    return json_response({"errcode": 0, "errmsg": "ok", "phone_info": _phone_info(code.user.phone, appid, now)})


def _phone_info(phone: str, appid: str, now: float) -> dict[str, Any]:
    return {
        "phoneNumber": phone,
        "purePhoneNumber": phone,
        "countryCode": "86",
        "watermark": {"timestamp": int(now), "appid": appid},
    }


def _token_owner(state: State, request: Request, now: float) -> str:
    try:
        return state.tokens.appid_of(request.query.get("access_token", ""), now)
    except TokenError as refused:
        raise MiniProgramError(refused.errcode) from None


def _json_object(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        raise MiniProgramError(43002)
    if not request.body:
        raise MiniProgramError(44002)
    try:
        body = parse_json(request.body)
    except ValueError:
        raise MiniProgramError(47001) from None
    if not isinstance(body, dict):
        raise MiniProgramError(47001)
    return body


def _require(params: Mapping[str, Any], **errcodes: int) -> None:
    for name, errcode in errcodes.items():
        if not isinstance(params.get(name), str) or not params[name]:
            raise MiniProgramError(errcode)


def _require_grant(params: Mapping[str, Any], grant_type: str) -> None:
    if params.get("grant_type") != grant_type:
        raise MiniProgramError(40002)


def _authenticated(state: State, params: Mapping[str, Any]) -> Account:
    account = state.accounts.by_appid(params["appid"])
    if account is None:
        raise MiniProgramError(40013)
    if params["secret"] != account.app_secret:
        raise MiniProgramError(40125)
    return account
