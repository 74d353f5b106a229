"""Tokens: signed access tokens and refresh tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import jwt
from bson import ObjectId
from bson.errors import InvalidId

from src.models.sessions import LoginSession, TokenAudience
from src.utils.clock import Clock
from src.utils.errors import RefreshTokenInvalid, TokenExpired, Unauthenticated
from src.utils.ids import new_secret_id

ISSUER = "minimall"
MAX_TOKEN_LENGTH = 4_096
_ALGORITHM = "HS256"
_TYPE = "at+jwt"
_LEEWAY_S = 30
_CLAIMS = ["exp", "iat", "nbf", "sub", "aud", "iss", "jti", "sid", "store"]


@dataclass(frozen=True)
class AccessClaims:
    """What a verified access token says."""

    store_id: ObjectId
    subject_id: ObjectId
    session_id: str


class AccessTokens:
    """JWTs with one pinned algorithm; the key is found by `kid` in a fixed ring, nothing else of the header counts.

    Source: RFC 8725, RFC 9068 (typ at+jwt).
    """

    def __init__(self, *, keys: Mapping[str, bytes], clock: Clock) -> None:
        self._keys = dict(keys)
        self._kid = next(iter(self._keys))
        self._clock = clock

    def issue(self, session: LoginSession, *, lifetime: timedelta) -> str:
        now = self._clock.now()
        claims = {
            "iss": ISSUER,
            "aud": session.audience.value,
            "sub": str(session.subject_id),
            "sid": session.id,
            "store": str(session.store_id),
            "jti": new_secret_id(),
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
        }
        return jwt.encode(claims, self._keys[self._kid], _ALGORITHM, headers={"kid": self._kid, "typ": _TYPE})

    def verify(self, token: str, audience: TokenAudience) -> AccessClaims:
        """Returns the claims of a token that we issued for `audience` and that has not ended.

        Raises:
            TokenExpired: it was good and has ended. Unauthenticated: it is anything else.
        """
        try:
            claims = jwt.decode(
                token,
                self._key_of(token),
                algorithms=[_ALGORITHM],
                audience=audience.value,
                issuer=ISSUER,
                leeway=_LEEWAY_S,
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            self._check_times(claims["nbf"], claims["exp"])
            return AccessClaims(ObjectId(claims["store"]), ObjectId(claims["sub"]), claims["sid"])
        except (jwt.InvalidTokenError, InvalidId, TypeError):
            raise Unauthenticated() from None

    def _key_of(self, token: str) -> bytes:
        if len(token) > MAX_TOKEN_LENGTH:
            raise Unauthenticated()
        header = jwt.get_unverified_header(token)
        kid = header.get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None or header.get("typ") != _TYPE:
            raise Unauthenticated()
        return key

    def _check_times(self, not_before: int, expires: int) -> None:
        # By our clock, not PyJWT's: one source of time for everything.
        now = self._clock.now().timestamp()
        if expires + _LEEWAY_S <= now:
            raise TokenExpired()
        if not_before - _LEEWAY_S > now:
            raise Unauthenticated()


class RefreshTokens:
    """`sid.generation.mac`: nothing of it is stored but the current generation, and nobody else can make one."""

    def __init__(self, *, keys: Mapping[str, bytes]) -> None:
        self._keys = [hmac.digest(key, b"minimall refresh token", hashlib.sha256) for key in keys.values()]

    def issue(self, audience: TokenAudience, session_id: str, generation: int) -> str:
        return f"{session_id}.{generation}.{_mac(self._keys[0], audience, session_id, generation)}"

    def read(self, token: str, audience: TokenAudience) -> tuple[str, int]:
        """Returns the session and the generation.

        Raises:
            RefreshTokenInvalid: we did not issue it, or not for `audience`.
        """
        session_id, _, rest = token.partition(".")
        number, _, mac = rest.partition(".")
        if not (number.isascii() and number.isdigit() and len(number) <= 9 and mac.isascii()):
            raise RefreshTokenInvalid()
        generation = int(number)
        expected = [_mac(key, audience, session_id, generation) for key in self._keys]
        if not any(hmac.compare_digest(mac, candidate) for candidate in expected):
            raise RefreshTokenInvalid()
        return session_id, generation


def _mac(key: bytes, audience: TokenAudience, session_id: str, generation: int) -> str:
    digest = hmac.digest(key, f"{audience.value}|{session_id}|{generation}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
