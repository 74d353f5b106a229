"""The server API of mini-programs: login, access token, phone number.

Failures are HTTP 200 with an errcode; success leaves errcode out where WeChat does.
"""

from collections.abc import Mapping
from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.messages import Request, Response, json_response
from ecosystem.sandbox.mini_program_errors import MiniProgramError
from ecosystem.sandbox.posted import authorized, json_object, succeeded
from ecosystem.sandbox.state import State
from ecosystem.sandbox.users import CodeError, CodeRefusal, openid_of

LOGIN_CODE_ERRORS = {
    CodeRefusal.UNKNOWN: 40029,
    CodeRefusal.FOREIGN: 40029,
    CodeRefusal.EXPIRED: 40029,
    CodeRefusal.USED: 40163,
}
PHONE_CODE_ERRORS = {**LOGIN_CODE_ERRORS, CodeRefusal.FOREIGN: 40013, CodeRefusal.USED: 40029}


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
    key = state.sessions.login(account.appid, code.user.id, now)
    session = {"session_key": key, "openid": openid_of(code.user.id, account.appid)}
    return json_response(session, content_type="text/plain")


def stable_token(state: State, request: Request) -> Response:
    """POST /cgi-bin/stable_token.

    Source: mini-program server API, getStableAccessToken.
    """
    body = json_object(request)
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
    account, body = authorized(state, request)
    appid, now = account.appid, state.clock.now()
    _require(body, code=40029)
    try:
        code = state.phone_codes.check(body["code"], appid, now)
    except CodeError as refused:
        raise MiniProgramError(PHONE_CODE_ERRORS[refused.refusal]) from None
    if "openid" in body and body["openid"] != openid_of(code.user.id, appid):
        raise MiniProgramError(40003)
    code.used = True
    return succeeded(phone_info=_phone_info(code.user.phone, appid, now))


def _phone_info(phone: str, appid: str, now: float) -> dict[str, Any]:
    return {
        "phoneNumber": phone,
        "purePhoneNumber": phone,
        "countryCode": "86",
        "watermark": {"timestamp": int(now), "appid": appid},
    }


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
