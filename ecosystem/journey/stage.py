"""What all acts share: the shop, and the clock that their steps are told by."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ecosystem.journey.calling import Caller, JourneyFailed, Json

SETTLED_S = 15

Report = Callable[[str, float], None]
"""Receives each step's title and its milliseconds."""


@dataclass(frozen=True)
class Shop:
    """Where a shop is and who works in it.

    Attributes:
        store: its code.
        staff: user names by role: owner, manager, warehouse. They have the same password.
        appid: of its mini-program; the sandbox's first one if empty.
        other_store: code of another store of the installation, if there is one.
    """

    api: str
    sandbox: str
    store: str
    staff: Mapping[str, str]
    password: str
    appid: str = ""
    other_store: str = ""


class Stage:
    """One walk through a shop."""

    def __init__(self, shop: Shop, report: Report) -> None:
        self.shop = shop
        self.wechat = Caller(shop.sandbox)
        self._report = report

    def somebody(self, store: str = "") -> Caller:
        """Return a caller without a login."""
        return Caller(self.shop.api, **{"X-Store": store or self.shop.store})

    def member(self, role: str) -> Caller:
        """Return the member of the staff with this role, logged in."""
        member = self.somebody()
        credentials = {"username": self.shop.staff[role], "password": self.shop.password}
        with self.step(f"the {role} logs in"):
            member.log_in(member.call("POST", "/api/staff/login", credentials)["token"])
        return member

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Report what the block did, once it has."""
        started = time.monotonic()
        yield
        self._report(title, (time.monotonic() - started) * 1000)


def await_value(read: Callable[[], Any], wanted: Any, *, of: str) -> None:
    """Return once `read()` is `wanted`.

    Raises:
        JourneyFailed: it takes too long.
    """
    deadline = time.monotonic() + SETTLED_S
    while (value := read()) != wanted:
        if time.monotonic() > deadline:
            raise JourneyFailed(f"{of} is still {value} after {SETTLED_S} s, not {wanted}")
        time.sleep(0.05)


def ids_in(page: Json) -> list[str]:
    """Return the ids of what a page lists."""
    return [listed["id"] for listed in page["list"]]
