"""The mini-program server API (api.weixin.qq.com)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from src.services.wechat.access_token import WeChatTokens
from src.services.wechat.errors import MiniProgramError, OutcomeUnknown
from src.services.wechat.mini_program_call import call, required_text
from src.services.wechat.transport import Transport

BUSY = -1
_BUSY_TRIES = 3


@dataclass(frozen=True)
class MiniProgram:
    """A mini-program's identity."""

    appid: str
    app_secret: str

    def __repr__(self) -> str:
        return f"MiniProgram({self.appid})"


@dataclass(frozen=True)
class WeChatSession:
    """Who logged in. `session_key` never leaves the server."""

    openid: str
    session_key: str
    unionid: str | None

    def __repr__(self) -> str:
        return "WeChatSession(***)"


@dataclass(frozen=True)
class PhoneNumber:
    number: str
    country_code: str
    appid: str


class MiniProgramClient:
    """Calls that act for one mini-program each."""

    def __init__(self, *, transport: Transport, access_tokens: WeChatTokens) -> None:
        self._transport = transport
        self._access_tokens = access_tokens

    def code_to_session(self, app: MiniProgram, code: str) -> WeChatSession:
        """Exchanges a `wx.login` code, once. A busy WeChat is asked again; a timeout is not, it may have used the code.

        Raises:
            MiniProgramError: refused. OutcomeUnknown: no usable answer.
        Source: Mini Program server API, auth.code2Session.
        """
        query = urlencode(
            {"appid": app.appid, "secret": app.app_secret, "js_code": code, "grant_type": "authorization_code"}
        )
        for _ in range(_BUSY_TRIES - 1):
            try:
                return self._session_for(query)
            except MiniProgramError as error:
                if error.errcode != BUSY:
                    raise
        return self._session_for(query)

    def _session_for(self, query: str) -> WeChatSession:
        answer = call(self._transport, "GET", f"/sns/jscode2session?{query}")
        return WeChatSession(
            openid=required_text(answer, "openid"),
            session_key=required_text(answer, "session_key"),
            unionid=answer.get("unionid"),
        )

    def phone_number(self, app: MiniProgram, code: str) -> PhoneNumber:
        """Exchanges the code of a `getPhoneNumber` button, once.

        Raises:
            MiniProgramError: refused. OutcomeUnknown: no usable answer.
        Source: Mini Program server API, phonenumber.getPhoneNumber.
        """
        answer = self._with_token(app, "/wxa/business/getuserphonenumber", {"code": code})
        info = answer.get("phone_info")
        if not isinstance(info, dict):
            raise OutcomeUnknown("no phone_info")
        watermark = info.get("watermark")
        return PhoneNumber(
            number=required_text(info, "purePhoneNumber"),
            country_code=str(info.get("countryCode", "")),
            appid=str(watermark.get("appid", "")) if isinstance(watermark, dict) else "",
        )

    def _with_token(self, app: MiniProgram, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._access_tokens.use(
            app.appid,
            app.app_secret,
            lambda token: call(self._transport, "POST", f"{path}?access_token={token}", body),
        )
