"""In this folder no notification comes by itself, and there is an app that waits for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from config.settings import Settings
from src.app import create_app
from src.services.registry import Services, build_services
from tests.factories.clock import MovableClock
from tests.factories.receivers import Receiver, running_receiver
from tests.factories.shop import Buyer, Shop
from tests.factories.subscriptions import Till, use_templates
from tests.factories.webhooks import Subscribed
from tests.factories.wechat import Sku


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """The shop, told of a payment only when the test says `shop.deliver`."""
    shop.control("notifications/suspend")
    return shop


@pytest.fixture
def buyer(shop: Shop) -> Buyer:
    """A shopper who is logged in."""
    return shop.buyer()


@pytest.fixture
def sku(shop: Shop) -> dict[str, Any]:
    """Ten units of 1000 fen."""
    return shop.sku(price=1000, stock=10)


@pytest.fixture(scope="session")
def impatient_services(settings: Settings, movable_clock: MovableClock) -> Services:
    """Gives WeChat 0.3 s to answer and a transaction one second."""
    return build_services(replace(settings, wechat_read_timeout_s=0.3, transaction_timeout_s=1.0), movable_clock)


@pytest.fixture(scope="session")
def impatient_app(settings: Settings, impatient_services: Services) -> Flask:
    return create_app(settings, impatient_services)


@pytest.fixture
def impatient_shop(shop: Shop, impatient_app: Flask) -> Shop:
    """The same shop and database, served by the impatient app."""
    return replace(shop, app=impatient_app)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A merchant's server that takes webhooks."""
    with running_receiver() as running:
        yield running


@pytest.fixture
def subscribed(shop: Shop, services: Services, clock: MovableClock, receiver: Receiver) -> Subscribed:
    """The shop, whose orders are told to the receiver."""
    return Subscribed.open(shop, services, clock, receiver)


@pytest.fixture
def till(shop: Shop, buyer: Buyer, sku: Sku, services: Services, clock: MovableClock) -> Till:
    use_templates(shop)
    return Till(shop, buyer, sku, services, clock)
