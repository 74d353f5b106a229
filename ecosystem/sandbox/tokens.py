"""Stable access tokens: one current token per app, the one before it for five minutes more."""

import re
import secrets
from dataclasses import dataclass, field

from ecosystem.sandbox.clock import beijing_day

LIFETIME_S = 7200
OVERLAP_S = 300
FORCED_PER_DAY = 20
FORCED_APART_S = 30
WELL_FORMED = re.compile(r"[0-9A-Za-z_-]{64,512}")


@dataclass
class Token:
    """An access token; `replaced` once force_refresh has put another in its place."""

    value: str
    expires_at: float
    replaced: bool = False


@dataclass
class TokenSeries:
    """The tokens of one app, newest last, and when refreshes were forced."""

    tokens: list[Token] = field(default_factory=list)
    forced_at: list[float] = field(default_factory=list)

    def issue(self, now: float, force: bool) -> Token:
        """Return the current token, or a new one when it is in its last five minutes or forced out."""
        if self.tokens and force and self._may_force(now):
            self.forced_at.append(now)
            self._retire(self.tokens[-1], now)
        elif self.tokens and self.tokens[-1].expires_at - now > OVERLAP_S:
            return self.tokens[-1]
        self.tokens.append(Token(f"80_{secrets.token_urlsafe(96)}", now + LIFETIME_S))
        return self.tokens[-1]

    def _may_force(self, now: float) -> bool:
        today = [at for at in self.forced_at if beijing_day(at) == beijing_day(now)]
        rested = not self.forced_at or now - self.forced_at[-1] >= FORCED_APART_S
        return rested and len(today) < FORCED_PER_DAY

    @staticmethod
    def _retire(token: Token, now: float) -> None:
        token.replaced = True
        token.expires_at = min(token.expires_at, now + OVERLAP_S)


class TokenError(Exception):
    """An access token that is not accepted, with the errcode that says why."""

    def __init__(self, errcode: int) -> None:
        super().__init__(errcode)
        self.errcode = errcode


class Tokens:
    """The token series of every app."""

    def __init__(self) -> None:
        self._series: dict[str, TokenSeries] = {}

    def series(self, appid: str) -> TokenSeries:
        return self._series.setdefault(appid, TokenSeries())

    def appid_of(self, value: str, now: float) -> str:
        """Return whose token it is; TokenError unless it is accepted now."""
        if not value:
            raise TokenError(41001)
        if not WELL_FORMED.fullmatch(value):
            raise TokenError(40014)
        appid, token = self._find(value)
        if now >= token.expires_at:
            raise TokenError(40001 if token.replaced else 42001)
        return appid

    def _find(self, value: str) -> tuple[str, Token]:
        for appid, series in self._series.items():
            for token in series.tokens:
                if token.value == value:
                    return appid, token
        raise TokenError(40001)
