"""Shops that have run for long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ecosystem.bench.profile import Profile, profiling
from tests.factories.clock import MovableClock
from tests.factories.pictures import picture, sent
from tests.factories.refunds import asked, shipped_order
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.staff import invite
from tests.factories.webhooks import add_webhook
from tests.factories.whole_shop import WholeShop
from tests.guards.crowd import fill
from tests.guards.past import remember


@dataclass(frozen=True)
class OldShop:
    """A shop in which everything has happened, most of it often; the buyer has many orders, and refunds."""

    shop: Shop
    buyer: Buyer


@pytest.fixture
def old_shop(shop: Shop, clock: MovableClock) -> OldShop:
    WholeShop.open(shop).walk()
    shop.forget_staff_logins()
    buyer, sku = shop.buyer(), shop.sku()
    asked(buyer, shipped_order(buyer, (sku, 1)), (sku, 1))
    data_of(buyer.get("/api/products", keyword="乌龙"), 200)
    sent(shop.staff(), picture())
    invite(shop)
    add_webhook(shop)
    fill(shop, buyer)
    remember(clock.now())
    return OldShop(shop, buyer)


@pytest.fixture
def profile() -> Iterator[Profile]:
    """What happens from now on."""
    with profiling() as running:
        yield running
