"""The access token of a mini-program: one for all processes, renewed by one of them, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import requests
from bson import ObjectId

from config.settings import Settings
from src.services.accounts.callers import Shopper
from src.services.registry import Services, build_services
from src.utils.errors import LoginCodeInvalid, WeChatUnavailable
from tests.factories.clock import MovableClock
from tests.factories.races import at_once, results
from tests.factories.shop import Shop
from tests.factories.wechat import calls_of, fault, heal, pass_time

LIFE_S = 7200


@pytest.fixture
def services(settings: Settings, clock: MovableClock) -> Services:
    """The object graph of a process that has just started: it remembers no token."""
    return build_services(settings, clock)


@pytest.fixture
def another_process(settings: Settings, clock: MovableClock) -> Services:
    """A second one over the same database."""
    return build_services(settings, clock)


@pytest.fixture
def call(shop: Shop, services: Services) -> Callable[[], None]:
    return partial(accepted_call, services, shop)


def accepted_call(services: Services, shop: Shop) -> None:
    """Makes a call that needs a token; WeChat accepts the token if it finds fault with nothing but the code."""
    store = services.stores.get(shop.store_id)
    shopper = Shopper(shop.store_id, ObjectId(), "session")
    with pytest.raises(LoginCodeInvalid):
        services.users.bind_phone(store, shopper, "no such code")


def refused_call(services: Services, shop: Shop) -> None:
    with pytest.raises(WeChatUnavailable):
        services.users.bind_phone(
            services.stores.get(shop.store_id), Shopper(shop.store_id, ObjectId(), "session"), "x"
        )


def replace_token_at_wechat(shop: Shop) -> None:
    """Has WeChat refuse the token it has given us; this asks for a token once."""
    body = {"grant_type": "client_credential", "appid": shop.appid, "secret": shop.credentials["appSecret"]}
    answer = requests.post(f"{shop.sandbox.url}/cgi-bin/stable_token", json={**body, "force_refresh": True}, timeout=10)
    assert "access_token" in answer.json()
    shop.control("clock/advance", {"seconds": 300})


def crowd(shop: Shop, *processes: Services) -> list[Callable[[], None]]:
    return [partial(accepted_call, processes[n % len(processes)], shop) for n in range(100)]


def test_a_hundred_first_calls_of_two_processes_fetch_one_token(
    shop: Shop, services: Services, another_process: Services
) -> None:
    results(at_once(crowd(shop, services, another_process)))

    assert calls_of(shop, "stable_token") == 1


def test_a_token_invalidated_under_a_hundred_threads_is_renewed_once(
    shop: Shop, services: Services, another_process: Services
) -> None:
    accepted_call(services, shop)
    accepted_call(another_process, shop)
    replace_token_at_wechat(shop)
    before = calls_of(shop, "stable_token")

    results(at_once(crowd(shop, services, another_process)))

    assert calls_of(shop, "stable_token") == before + 1


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_refused_token_is_tried_once_more_and_no_more(shop: Shop, services: Services, errcode: int) -> None:
    fault(shop, "phone_number", "errcode", errcode=errcode, times=2)

    refused_call(services, shop)

    assert (calls_of(shop, "phone_number"), calls_of(shop, "stable_token")) == (2, 2)


def test_a_token_is_renewed_when_four_fifths_of_its_life_are_over(
    shop: Shop, clock: MovableClock, call: Callable[[], None]
) -> None:
    call()
    pass_time(shop, clock, LIFE_S * 0.8 - 10)
    call()
    assert calls_of(shop, "stable_token") == 1

    pass_time(shop, clock, 11)
    call()

    assert calls_of(shop, "stable_token") == 2


def test_while_one_renews_the_others_use_the_old_token(
    shop: Shop, clock: MovableClock, services: Services, another_process: Services
) -> None:
    accepted_call(services, shop)
    pass_time(shop, clock, LIFE_S * 0.8 + 1)

    results(at_once(crowd(shop, services, another_process)))

    assert calls_of(shop, "stable_token") == 2


def test_an_old_token_serves_until_it_ends_while_it_cannot_be_renewed(
    shop: Shop, clock: MovableClock, services: Services
) -> None:
    accepted_call(services, shop)
    fault(shop, "stable_token", "errcode", errcode=-1, times=None)
    pass_time(shop, clock, LIFE_S * 0.8 + 1)

    for _ in range(5):
        accepted_call(services, shop)
    assert calls_of(shop, "stable_token") == 2  # a failed renewal is not repeated at once

    pass_time(shop, clock, 11)
    accepted_call(services, shop)
    assert calls_of(shop, "stable_token") == 3

    pass_time(shop, clock, LIFE_S * 0.2 - 10)
    refused_call(services, shop)

    heal(shop)
    accepted_call(services, shop)


@pytest.mark.parametrize("kind", ["garbage", "bad_gateway", "reset_after", "errcode"])
def test_without_a_token_the_call_fails_and_the_next_one_asks_again(shop: Shop, services: Services, kind: str) -> None:
    fault(shop, "stable_token", kind)

    refused_call(services, shop)
    accepted_call(services, shop)

    assert (calls_of(shop, "stable_token"), calls_of(shop, "phone_number")) == (2, 1)
