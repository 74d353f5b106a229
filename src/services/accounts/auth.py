"""A shopper's login with WeChat."""

from __future__ import annotations

from dataclasses import dataclass

from src.models.sessions import TokenAudience
from src.models.stores import Store
from src.models.users import User
from src.services.accounts.callers import Shopper
from src.services.accounts.sessions import Sessions, TokenPair
from src.services.stores.stores import Stores
from src.services.wechat.errors import WeChatError
from src.services.wechat.mini_program import MiniProgramClient
from src.services.wechat_failures import refusal
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher


@dataclass(frozen=True)
class Login:
    tokens: TokenPair
    user: User
    is_new: bool


class Auth:
    """Logs shoppers in and out."""

    def __init__(
        self, *, stores: Stores, mini_program: MiniProgramClient, sessions: Sessions, cipher: FieldCipher, clock: Clock
    ) -> None:
        self._stores = stores
        self._mini_program = mini_program
        self._sessions = sessions
        self._cipher = cipher
        self._clock = clock

    def login(self, store: Store, code: str) -> Login:
        """Exchanges a `wx.login` code. Racing first logins of one person make one user.

        Raises:
            LoginCodeInvalid: the code is bad, expired or used. LoginBlocked, RateLimited: as WeChat says.
            WeChatUnavailable: no usable answer; no user is made.
        """
        try:
            session = self._mini_program.code_to_session(self._stores.mini_program(store), code)
        except WeChatError as error:
            raise refusal(error, call="code2Session") from error
        user, is_new = User.ensure(
            store.id,
            session.openid,
            session_key_sealed=self._cipher.seal(session.session_key, purpose=session_key_purpose(session.openid)),
            unionid=session.unionid,
            now=self._clock.now(),
        )
        return Login(self._sessions.open(TokenAudience.SHOP, store.id, user.id), user, is_new)

    def refresh(self, refresh_token: str) -> TokenPair:
        """Raises RefreshTokenInvalid."""
        return self._sessions.refresh(refresh_token, TokenAudience.SHOP)

    def authenticate(self, token: str) -> Shopper:
        """Raises TokenExpired or Unauthenticated."""
        claims = self._sessions.authenticate(token, TokenAudience.SHOP)
        return Shopper(claims.store_id, claims.subject_id, claims.session_id)

    def logout(self, shopper: Shopper, *, everywhere: bool) -> None:
        if everywhere:
            self._sessions.end_all(shopper.store_id, shopper.user_id)
        else:
            self._sessions.end(shopper.session_id)


def session_key_purpose(openid: str) -> str:
    """Returns what the session key of this person is sealed for."""
    return f"session_key:{openid}"
