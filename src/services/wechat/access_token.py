"""The access_token of each mini-program."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from src.services.wechat.errors import OutcomeUnknown
from src.services.wechat.mini_program_call import call, required_text
from src.services.wechat.transport import Transport
from src.utils.clock import Clock

_RENEWED_EARLY = timedelta(minutes=5)


@dataclass(frozen=True)
class _Token:
    text: str
    renew_at: datetime


class WeChatTokens:
    """Keeps one token per appid in this process.

    stable_token gives every process the same token until its last five minutes, so processes need not agree.
    """

    def __init__(self, *, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        self._tokens: dict[str, _Token] = {}
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    def get(self, appid: str, app_secret: str) -> str:
        """Returns a valid token; of many threads one fetches it.

        Raises:
            MiniProgramError: refused. OutcomeUnknown: no usable answer.
        """
        with self._locks[appid]:
            token = self._tokens.get(appid)
            if token is None or token.renew_at <= self._clock.now():
                token = self._fetch(appid, app_secret)
                self._tokens[appid] = token
            return token.text

    def invalidate(self, appid: str, text: str) -> None:
        """Forgets the token if it is still `text`: another thread may have renewed it."""
        with self._locks[appid]:
            token = self._tokens.get(appid)
            if token is not None and token.text == text:
                del self._tokens[appid]

    def _fetch(self, appid: str, app_secret: str) -> _Token:
        """Source: Mini Program server API, getStableAccessToken."""
        body = {"grant_type": "client_credential", "appid": appid, "secret": app_secret, "force_refresh": False}
        answer = call(self._transport, "POST", "/cgi-bin/stable_token", body)
        lifetime = answer.get("expires_in")
        if not isinstance(lifetime, int):
            raise OutcomeUnknown("no expires_in")
        renew_at = self._clock.now() + timedelta(seconds=lifetime) - _RENEWED_EARLY
        return _Token(required_text(answer, "access_token"), renew_at)
