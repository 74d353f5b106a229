"""A shop that many tests share, because none of them changes it."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Flask

from ecosystem.sandbox.server import RunningSandbox
from src.middleware.policies import Audience
from tests.factories.contents import forget_everything
from tests.factories.routes import Route
from tests.factories.shop import Person, Shop

_LOGINS_LAST_S = 240


def only_shop(app: Flask, sandbox: RunningSandbox) -> Shop:
    """Returns the one store, which is the default one, of an empty database and a fresh sandbox."""
    forget_everything()
    return Shop.open(app, sandbox, sandbox.credentials, code="main", is_default=True)


class Callers:
    """Somebody who may call for each route, logged in anew before tokens end."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._since = time.monotonic()
        self._known: dict[Audience, Person] = {}

    def of(self, route: Route) -> Person:
        """Returns somebody who may call the route."""
        if time.monotonic() - self._since > _LOGINS_LAST_S:
            self._forget()
        audience = route.policy.audience
        if audience is Audience.PLATFORM:
            return self.shop.platform()  # a new one: an older key would note once a minute that it is used
        if audience not in self._known:
            self._known[audience] = self._log_in(audience)
        return self._known[audience]

    def _forget(self) -> None:
        self._since = time.monotonic()
        self._known.clear()
        self.shop.forget_staff_logins()

    def _log_in(self, audience: Audience) -> Person:
        ways: dict[Audience, Callable[[], Person]] = {
            Audience.SHOPPER: self.shop.buyer,
            Audience.STAFF: self.shop.staff,
            Audience.EITHER: self.shop.staff,
        }
        return ways[audience]() if audience in ways else self.shop.anonymous
