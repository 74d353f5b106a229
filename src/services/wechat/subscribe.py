"""Subscribe messages: one message for each time a user has accepted its template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from src.services.wechat.access_token import WeChatTokens
from src.services.wechat.mini_program import MiniProgram
from src.services.wechat.mini_program_call import call
from src.services.wechat.template_values import fitted
from src.services.wechat.transport import Transport

# The user has accepted no message of this template, or has switched them off: what happens every day.
NOT_SUBSCRIBED = 43101
# Nothing was sent, and the same call may succeed later: busy, sending to this user right now, out of quota.
PASSING = frozenset({-1, 43108, 45009, 45011})


@dataclass(frozen=True)
class Message:
    """`values` by field of the template; `page` opens when the user taps the message."""

    openid: str
    template_id: str
    page: str | None
    values: Mapping[str, str]


class SubscribeClient:
    """Sends messages, for one mini-program each."""

    def __init__(self, *, transport: Transport, access_tokens: WeChatTokens) -> None:
        self._transport = transport
        self._access_tokens = access_tokens

    def send(self, app: MiniProgram, message: Message) -> None:
        """The user has the message afterwards; its values are fitted to their types.

        Raises:
            MiniProgramError: refused, nothing was sent. NothingSent: not even asked for.
            OutcomeUnknown: no usable answer, it may have been sent.
        Source: Mini Program server API, subscribeMessage.send.
        """
        body = {
            "touser": message.openid,
            "template_id": message.template_id,
            "miniprogram_state": "formal",
            "lang": "zh_CN",
            "data": {field: {"value": fitted(field, text)} for field, text in message.values.items()},
            **({"page": message.page} if message.page else {}),
        }
        self._access_tokens.use(
            app.appid,
            app.app_secret,
            lambda token: call(self._transport, "POST", f"/cgi-bin/message/subscribe/send?access_token={token}", body),
        )
