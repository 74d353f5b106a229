"""Logins: opening, refreshing, ending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bson import ObjectId

from src.models.sessions import LoginSession, TokenAudience
from src.models.transaction import Session
from src.services.accounts.origins import Origin
from src.services.accounts.tokens import AccessClaims, AccessTokens, RefreshTokens
from src.services.stores.stores import Stores
from src.utils.clock import Clock
from src.utils.errors import RefreshTokenInvalid, Unauthenticated
from src.utils.ids import new_secret_id

# A client that lost the answer of a refresh may repeat it this long and gets the same successor.
_LOST_ANSWER_GRACE = timedelta(seconds=10)


@dataclass(frozen=True)
class Lifetimes:
    access: timedelta
    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True)
class TokenPair:
    token: str
    expires_in: int
    refresh_token: str


class Sessions:
    """Token families, one per login. A revoked one is refused at its next request."""

    def __init__(
        self,
        *,
        access_tokens: AccessTokens,
        refresh_tokens: RefreshTokens,
        clock: Clock,
        lifetimes: dict[TokenAudience, Lifetimes],
        stores: Stores,
    ) -> None:
        self._stores = stores
        self._access_tokens = access_tokens
        self._refresh_tokens = refresh_tokens
        self._clock = clock
        self._lifetimes = lifetimes

    def open(
        self,
        audience: TokenAudience,
        store_id: ObjectId,
        subject_id: ObjectId,
        *,
        origin: Origin | None = None,
        transaction: Session | None = None,
    ) -> TokenPair:
        """Starts a family, which remembers its origin, and returns its first pair."""
        now, lifetimes = self._clock.now(), self._lifetimes[audience]
        session = LoginSession(
            id=new_secret_id(),
            audience=audience,
            store_id=store_id,
            subject_id=subject_id,
            generation=1,
            rotated_at=now,
            created_at=now,
            idle_until=now + lifetimes.idle,
            expires_at=now + lifetimes.absolute,
        )
        if origin is not None:
            session.user_agent, session.address, session.last_address = origin.agent, origin.address, origin.address
        session.insert(session=transaction)
        return self._pair(session, 1)

    def refresh(self, token: str, audience: TokenAudience, *, address: str | None = None) -> TokenPair:
        """Returns the successor pair and retires `token`; an older one revokes the whole family.

        The family remembers the address, if one is given.

        Raises:
            RefreshTokenInvalid: not ours, ended, revoked, or used before. StoreSuspended: it can be used later.
        """
        session_id, generation = self._refresh_tokens.read(token, audience)
        now = self._clock.now()
        if known := LoginSession.find_live(session_id, audience, now):
            self._stores.require_active(known.store_id)
        idle = self._lifetimes[audience].idle
        rotated = LoginSession.rotate(session_id, generation, now=now, idle=idle, address=address)
        session = LoginSession.find_live(session_id, audience, now)
        if session is None or session.idle_until <= now:
            raise RefreshTokenInvalid()
        if rotated or self._answer_was_lost(session, generation):
            return self._pair(session, generation + 1)
        LoginSession.revoke(session_id, now)
        raise RefreshTokenInvalid()

    def authenticate(self, token: str, audience: TokenAudience) -> AccessClaims:
        """Returns who holds `token`.

        Raises:
            TokenExpired: refresh it. Unauthenticated: not a token of ours, or its login has ended.
        """
        claims = self._access_tokens.verify(token, audience)
        if LoginSession.find_live(claims.session_id, audience, self._clock.now()) is None:
            raise Unauthenticated()
        return claims

    def end(self, session_id: str) -> None:
        """Ends one login. Repeatable."""
        LoginSession.revoke(session_id, self._clock.now())

    def end_all(
        self,
        store_id: ObjectId,
        subject_id: ObjectId,
        *,
        but: str | None = None,
        transaction: Session | None = None,
    ) -> int:
        """Ends all logins of a user or a staff member, except `but`; returns how many. Repeatable."""
        return LoginSession.revoke_all(store_id, subject_id, self._clock.now(), but=but, session=transaction)

    def list_live(self, store_id: ObjectId, subject_id: ObjectId) -> list[LoginSession]:
        """Returns the logins of a user or a staff member that can still be used, the newest first."""
        return LoginSession.list_live(store_id, subject_id, self._clock.now())

    def end_listed(
        self, store_id: ObjectId, subject_id: ObjectId, listed_id: ObjectId, *, transaction: Session
    ) -> bool:
        """Ends the login that lists call `listed_id`; returns whether there is one."""
        now = self._clock.now()
        for live in LoginSession.list_live(store_id, subject_id, now, session=transaction):
            if live.listed_id == listed_id:
                LoginSession.revoke(live.id, now, session=transaction)
                return True
        return False

    def _answer_was_lost(self, session: LoginSession, generation: int) -> bool:
        is_previous: bool = session.generation == generation + 1
        return is_previous and self._clock.now() - session.rotated_at <= _LOST_ANSWER_GRACE

    def _pair(self, session: LoginSession, generation: int) -> TokenPair:
        lifetime = self._lifetimes[session.audience].access
        return TokenPair(
            token=self._access_tokens.issue(session, lifetime=lifetime),
            expires_in=int(lifetime.total_seconds()),
            refresh_token=self._refresh_tokens.issue(session.audience, session.id, generation),
        )
