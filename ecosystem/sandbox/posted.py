"""What every POST of the mini-program server API has in common: a JSON body and, mostly, an access token."""

import json
from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.messages import Request, Response, json_response, parse_json
from ecosystem.sandbox.mini_program_errors import MiniProgramError
from ecosystem.sandbox.state import State
from ecosystem.sandbox.tokens import TokenError


def authorized(state: State, request: Request) -> tuple[Account, dict[str, Any]]:
    """Return whose access token came with the POST, and its body.

    Raises:
        MiniProgramError: 43002, then 41001, 40001, 40014 or 42001, then 44002 or 47001.
    """
    if request.method != "POST":
        raise MiniProgramError(43002)
    return token_owner(state, request), json_object(request)


def token_owner(state: State, request: Request) -> Account:
    try:
        appid = state.tokens.appid_of(request.query.get("access_token", ""), state.clock.now())
    except TokenError as refused:
        raise MiniProgramError(refused.errcode) from None
    account = state.accounts.by_appid(appid)
    assert account is not None
    return account


def json_object(request: Request) -> dict[str, Any]:
    """Return the body of a POST.

    Raises:
        MiniProgramError: 43002 no POST, 44002 empty, 47001 no JSON object.
    """
    if request.method != "POST":
        raise MiniProgramError(43002)
    if not request.body:
        raise MiniProgramError(44002)
    try:
        body = parse_json(request.body)
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except ValueError:
        raise MiniProgramError(47001) from None
    if not isinstance(body, dict):
        raise MiniProgramError(47001)
    return body


def succeeded(**members: Any) -> Response:
    return json_response({"errcode": 0, "errmsg": "ok", **members})
