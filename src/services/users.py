"""A shopper's own profile."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from src.models.stores import Store
from src.models.users import User
from src.services.callers import Shopper
from src.services.stores import Stores
from src.services.wechat.errors import WeChatError
from src.services.wechat.mini_program import MiniProgramClient
from src.services.wechat_failures import refusal
from src.utils.clock import Clock
from src.utils.errors import LoginCodeInvalid, NotFound

log = structlog.get_logger(__name__)


class Users:
    """Reads and changes profiles."""

    def __init__(self, *, stores: Stores, mini_program: MiniProgramClient, clock: Clock) -> None:
        self._stores = stores
        self._mini_program = mini_program
        self._clock = clock

    def get(self, shopper: Shopper) -> User:
        return _found(User.find_by_id(shopper.store_id, shopper.user_id))

    def update(self, shopper: Shopper, values: dict[str, str]) -> User:
        """Sets the given ones of nickname, avatar and phone; a phone typed by hand is not a verified one."""
        if "phone" in values:
            unverified = {"phone_verified_at": None, "phone_country_code": None}
            return self._set(shopper, {**values, **unverified})
        return self._set(shopper, values)

    def bind_phone(self, store: Store, shopper: Shopper, code: str) -> User:
        """Stores the number that WeChat vouches for.

        Raises:
            LoginCodeInvalid: the code is bad, used, or from another mini-program. WeChatUnavailable.
        """
        app = self._stores.mini_program(store)
        try:
            phone = self._mini_program.phone_number(app, code)
        except WeChatError as error:
            raise refusal(error, call="getuserphonenumber") from error
        if phone.appid != app.appid:
            log.error("phone_of_another_app", appid=phone.appid)
            raise LoginCodeInvalid()
        verified = {"phone_country_code": phone.country_code, "phone_verified_at": self._clock.now()}
        return self._set(shopper, {"phone": phone.number, **verified})

    def _set(self, shopper: Shopper, values: Mapping[str, object]) -> User:
        changed = User.update_profile(shopper.store_id, shopper.user_id, dict(values), self._clock.now())
        return _found(changed)


def _found(user: User | None) -> User:
    if user is None:
        raise NotFound()
    return user
