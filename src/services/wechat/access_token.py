"""The access_token of each mini-program, shared by all processes and renewed by one of them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol, TypeVar

import structlog

from src.services.wechat.errors import MiniProgramError, NothingSent, OutcomeUnknown, WeChatError
from src.services.wechat.mini_program_call import call, required_text
from src.services.wechat.transport import Transport
from src.utils.clock import Clock

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

_STALE_TOKEN = frozenset({40001, 40014, 42001})
_RENEWED_AFTER = 0.8  # of its life
_LEASE = timedelta(seconds=15)
_REST_AFTER_FAILURE = timedelta(seconds=10)
_PATIENCE_S = 3.0
_POLL_S = 0.05


@dataclass(frozen=True)
class AccessToken:
    """One token. `generation` tells it from others, even if WeChat gives the same text again."""

    text: str
    generation: int
    renew_at: datetime
    ends_at: datetime

    def __repr__(self) -> str:
        return f"AccessToken(generation={self.generation})"


class SharedTokens(Protocol):
    """Where all processes find the token of an appid, and agree on who renews it."""

    def find(self, appid: str) -> AccessToken | None:
        """Returns what was kept last; it may have ended."""

    def lease(self, appid: str, *, seen: int | None, now: datetime, until: datetime) -> int | None:
        """Returns the generation that the caller is to make; None while somebody else has that right.

        None too if another token is kept by now than the one of the generation `seen`.
        """

    def keep(self, appid: str, token: AccessToken) -> None:
        """Stores the token and ends the lease of its generation, unless the lease went to somebody else."""

    def give_up(self, appid: str, generation: int, *, rest_until: datetime) -> None:
        """Ends the lease of this generation without a token; nobody may renew before `rest_until`."""

    def discard(self, appid: str, generation: int, *, now: datetime) -> None:
        """Forgets the token of this generation, if it is the one that is kept; anybody may renew at once."""


class _TokenRefused(NothingSent):
    """WeChat does not take the token, and has not looked at anything else."""


class WeChatTokens:
    """Gives calls their token. An old one serves on while it is being renewed, and if that fails, until it ends."""

    def __init__(
        self, *, transport: Transport, shared: SharedTokens, clock: Clock, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._transport = transport
        self._shared = shared
        self._clock = clock
        self._pause = pause
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    def use(self, appid: str, app_secret: str, ask: Callable[[str], Result]) -> Result:
        """Returns `ask(token)`. A token that WeChat does not take any more is renewed and `ask` repeated, once.

        Raises:
            NothingSent: there is no token for now, or WeChat takes not even a new one. Whatever else `ask` raises.
        """
        token = self._get(appid, app_secret)
        try:
            return _asked(ask, token)
        except _TokenRefused:
            self._shared.discard(appid, token.generation, now=self._clock.now())
        return _asked(ask, self._get(appid, app_secret))

    def _get(self, appid: str, app_secret: str) -> AccessToken:
        token, now = self._shared.find(appid), self._clock.now()
        if token is None or token.ends_at <= now:
            return self._awaited(appid, app_secret)
        return self._renewed_early(appid, app_secret, token) if token.renew_at <= now else token

    def _renewed_early(self, appid: str, app_secret: str, old: AccessToken) -> AccessToken:
        """Returns a new token if it is this caller who gets it, else the old one, which still works."""
        generation = self._lease(appid, old)
        if generation is None:
            return old
        try:
            return self._renew(appid, app_secret, generation)
        except WeChatError as error:
            log.error("access_token_not_renewed", appid=appid, reason=str(error))
            rest_until = min(self._clock.now() + _REST_AFTER_FAILURE, old.ends_at)
            self._shared.give_up(appid, generation, rest_until=rest_until)
            return old

    def _awaited(self, appid: str, app_secret: str) -> AccessToken:
        """Returns the token that this caller gets, or that somebody else gets within a few seconds."""
        lock = self._locks[appid]
        if not lock.acquire(timeout=_PATIENCE_S):
            raise NothingSent("another thread is waiting for the access token")
        try:
            return self._renewed_by_somebody(appid, app_secret)
        finally:
            lock.release()

    def _renewed_by_somebody(self, appid: str, app_secret: str) -> AccessToken:
        for _ in range(round(_PATIENCE_S / _POLL_S)):
            token = self._shared.find(appid)
            if token is not None and token.ends_at > self._clock.now():
                return token
            generation = self._lease(appid, token)
            if generation is not None:
                return self._renew_now(appid, app_secret, generation)
            self._pause(_POLL_S)
        raise NothingSent("another process is renewing the access token")

    def _lease(self, appid: str, seen: AccessToken | None) -> int | None:
        now = self._clock.now()
        return self._shared.lease(appid, seen=seen.generation if seen else None, now=now, until=now + _LEASE)

    def _renew_now(self, appid: str, app_secret: str, generation: int) -> AccessToken:
        try:
            return self._renew(appid, app_secret, generation)
        except WeChatError as error:
            log.error("access_token_not_renewed", appid=appid, reason=str(error))
            self._shared.give_up(appid, generation, rest_until=self._clock.now())
            raise NothingSent(f"no access token: {error}") from error

    def _renew(self, appid: str, app_secret: str, generation: int) -> AccessToken:
        token = self._fetch(appid, app_secret, generation)
        self._shared.keep(appid, token)
        return token

    def _fetch(self, appid: str, app_secret: str, generation: int) -> AccessToken:
        """Source: Mini Program server API, getStableAccessToken."""
        body = {"grant_type": "client_credential", "appid": appid, "secret": app_secret, "force_refresh": False}
        answer = call(self._transport, "POST", "/cgi-bin/stable_token", body)
        lifetime = answer.get("expires_in")
        if not isinstance(lifetime, int):
            raise OutcomeUnknown("no expires_in")
        now, life = self._clock.now(), timedelta(seconds=lifetime)
        text = required_text(answer, "access_token")
        return AccessToken(text, generation, renew_at=now + life * _RENEWED_AFTER, ends_at=now + life)


def _asked(ask: Callable[[str], Result], token: AccessToken) -> Result:
    try:
        return ask(token.text)
    except MiniProgramError as error:
        if error.errcode in _STALE_TOKEN:
            raise _TokenRefused(str(error)) from error
        raise
