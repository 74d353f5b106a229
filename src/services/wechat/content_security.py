"""WeChat's judgement of texts and pictures that people want to show to others."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any

from src.services.wechat.access_token import WeChatTokens
from src.services.wechat.errors import OutcomeUnknown
from src.services.wechat.mini_program import MiniProgram
from src.services.wechat.mini_program_call import call, required_text
from src.services.wechat.transport import Transport

MAX_TEXT = 2_500
# The same call may succeed later: busy, or out of quota.
PASSING = frozenset({-1, 44991, 45009, 45011})
_VERSION, _IMAGE = 2, 2


class Scene(IntEnum):
    """Where the text is to appear, by WeChat's numbers."""

    PROFILE = 1
    COMMENT = 2
    FORUM = 3
    SOCIAL_LOG = 4


class Suggestion(StrEnum):
    PASS = "pass"  # noqa: S105
    REVIEW = "review"
    RISKY = "risky"


class ContentSecurityClient:
    """Asks for judgements, for one mini-program each."""

    def __init__(self, *, transport: Transport, access_tokens: WeChatTokens) -> None:
        self._transport = transport
        self._access_tokens = access_tokens

    def check_text(self, app: MiniProgram, *, openid: str, scene: Scene, text: str) -> Suggestion:
        """Returns what WeChat thinks of at most `MAX_TEXT` characters of somebody who has used the app lately.

        Raises:
            MiniProgramError: refused, 61010 if the user has not opened the app for two hours.
            OutcomeUnknown: no usable answer.
        Source: Mini Program server API, security.msgSecCheck, version 2.
        """
        body = {"version": _VERSION, "openid": openid, "scene": scene.value, "content": text}
        result = self._post(app, "/wxa/msg_sec_check", body).get("result")
        try:
            return Suggestion(result["suggest"])  # type: ignore[index]  # a missing result is a TypeError too
        except (TypeError, KeyError, ValueError):
            raise OutcomeUnknown("no suggestion") from None

    def submit_image(self, app: MiniProgram, *, openid: str, scene: Scene, url: str) -> str:
        """Returns the trace id under which WeChat pushes its judgement of a public picture, within half an hour.

        Raises:
            MiniProgramError: refused. OutcomeUnknown: no usable answer; a judgement may be pushed.
        Source: Mini Program server API, security.mediaCheckAsync, version 2.
        """
        body = {
            "version": _VERSION,
            "openid": openid,
            "scene": scene.value,
            "media_type": _IMAGE,
            "media_url": url,
        }
        return required_text(self._post(app, "/wxa/media_check_async", body), "trace_id")

    def _post(self, app: MiniProgram, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._access_tokens.use(
            app.appid,
            app.app_secret,
            lambda token: call(self._transport, "POST", f"{path}?access_token={token}", body),
        )
