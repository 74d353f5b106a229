"""Redis goes away: everything is served, and the limits are kept by each process for itself."""

from __future__ import annotations

import socket
from dataclasses import replace
from functools import partial

import pytest

from config.settings import Settings
from ecosystem.embedded.valkey import running_valkey
from src.app import create_app
from src.services.registry import Services
from tests.factories.races import at_once, results
from tests.factories.shop import Shop, data_of, refused


def shop_with(shop: Shop, settings: Settings, services: Services, redis_url: str) -> Shop:
    """The same shop in an app of its own, where an address may log in twice a minute."""
    limited = replace(settings, redis_url=redis_url, rate_limit_login="2 per minute")
    return replace(shop, app=create_app(limited, services))


def assert_two_logins_are_let_in(shop: Shop) -> None:
    for _ in range(2):
        data_of(shop.login(shop.wechat_user()), 200)
    refusal = shop.login(shop.wechat_user())
    refused(refusal, 429)
    assert 1 <= int(refusal.headers["Retry-After"]) <= 60


def test_without_redis_from_the_start(shop: Shop, settings: Settings, services: Services) -> None:
    assert_two_logins_are_let_in(shop_with(shop, settings, services, "redis://127.0.0.1:9"))


def test_redis_dies(shop: Shop, settings: Settings, services: Services) -> None:
    with running_valkey() as url:
        limited = shop_with(shop, settings, services, url)
        assert_two_logins_are_let_in(limited)

    assert_two_logins_are_let_in(limited)


def test_requests_that_wait_for_a_silent_redis_together_are_all_served(
    shop: Shop, settings: Settings, services: Services
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        alone = shop_with(shop, settings, services, f"redis://127.0.0.1:{silent.getsockname()[1]}")
        answers = results(at_once([partial(alone.anonymous.get, "/api/products")] * 8))

    assert [answer.status_code for answer in answers] == [200] * 8


@pytest.mark.parametrize("path", ["/api/products", "/health"])
def test_reading_goes_on_without_redis(shop: Shop, settings: Settings, services: Services, path: str) -> None:
    alone = shop_with(shop, settings, services, "redis://127.0.0.1:9")

    data_of(alone.anonymous.get(path), 200)
