"""How often somebody may call."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.settings import Settings, SettingsSchema
from ecosystem.embedded.ports import free_port
from ecosystem.embedded.valkey import running_valkey
from src.app import create_app
from src.services.registry import Services
from tests.factories.shop import PASSWORD, Shop, refused
from tests.factories.staff import joined, program, with_second_factor

LIMITS = {
    "rate_limit_anonymous": "3 per minute",
    "rate_limit_user": "4 per minute",
    "rate_limit_login": "2 per minute",
    "rate_limit_staff": "5 per minute",
    "rate_limit_staff_login": "3 per minute",
    "rate_limit_staff_account": "3 per minute",
}
Start = Callable[..., FlaskClient]


@pytest.fixture
def start(shop: Shop, settings: Settings, session_services: Services, redis_url: str) -> Start:
    """Starts a process with small limits, and counters at zero."""
    with redis.Redis.from_url(redis_url) as counters:
        counters.flushdb()

    def started(**changes: Any) -> FlaskClient:
        app: Flask = create_app(replace(settings, **{**LIMITS, **changes}), session_services)
        return app.test_client()

    return started


def statuses(call: Callable[[], TestResponse], times: int) -> list[int]:
    return [call().status_code for _ in range(times)]


def log_in(client: FlaskClient, address: str, username: str = "xiaoman", password: str = "wrong") -> TestResponse:
    body = {"username": username, "password": password}
    return client.post("/api/staff/login", json=body, environ_base={"REMOTE_ADDR": address})


def test_the_fourth_anonymous_call_is_refused(start: Start) -> None:
    client = start()
    assert statuses(lambda: client.get("/api/products"), 3) == [200, 200, 200]
    refused(client.get("/api/products"), 429)


def test_addresses_that_name_nothing_are_counted_too(start: Start) -> None:
    client = start()
    assert statuses(lambda: client.get("/nope"), 4) == [404, 404, 404, 429]


def test_what_is_left_is_said_with_every_answer(start: Start) -> None:
    client = start()
    answers = [client.get("/api/products") for _ in range(4)]
    assert [answer.headers["RateLimit-Limit"] for answer in answers] == ["3"] * 4
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert all(1 <= int(answer.headers["RateLimit-Reset"]) <= 60 for answer in answers)


def test_only_a_refusal_says_when_to_try_again(start: Start) -> None:
    client = start()
    answers = [client.get("/api/products") for _ in range(4)]
    assert ["Retry-After" in answer.headers for answer in answers] == [False, False, False, True]
    assert answers[3].headers["Retry-After"] == answers[3].headers["RateLimit-Reset"]


def test_a_failure_keeps_its_own_time_to_try_again(start: Start, shop: Shop) -> None:
    shop.control("faults", {"endpoint": "code2session", "kind": "bad_gateway"})
    answer = start().post("/api/auth/login", json={"code": "x"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_logins_have_a_limit_of_their_own(start: Start) -> None:
    client = start()
    assert statuses(lambda: client.post("/api/auth/login", json={"code": "x"}), 3) == [401, 401, 429]
    assert client.get("/api/products").status_code == 200


def test_a_malformed_login_counts(start: Start) -> None:
    client = start()
    assert statuses(lambda: client.post("/api/auth/login", json={}), 3) == [400, 400, 429]


def test_shoppers_are_counted_by_person_not_by_address(start: Start, shop: Shop) -> None:
    client, one, other = start(), shop.buyer(), shop.buyer()
    assert statuses(lambda: client.get("/api/orders", headers=one.headers), 5) == [200] * 4 + [429]
    assert client.get("/api/orders", headers=other.headers).status_code == 200


def test_staff_have_a_limit_of_their_own(start: Start, shop: Shop) -> None:
    client, owner = start(), shop.staff()
    assert statuses(lambda: client.get("/api/staff/me", headers=owner.headers), 6) == [200] * 5 + [429]


def test_a_bad_token_counts_against_its_address(start: Start) -> None:
    client = start()
    calls = [client.get("/api/orders", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(4)]
    assert calls == [401, 401, 401, 429]


def test_wrong_passwords_are_limited_per_account_from_anywhere(start: Start) -> None:
    client = start()
    assert [log_in(client, f"203.0.113.{n}").status_code for n in range(4)] == [401, 401, 401, 429]
    assert log_in(client, "203.0.113.9", username="somebody-else").status_code == 401


def test_right_passwords_are_not_counted_against_the_account(start: Start, shop: Shop) -> None:
    name = shop.staff().get("/api/staff/me").get_json()["data"]["username"]
    client = start()
    calls = [log_in(client, f"203.0.113.{n}", username=name, password=PASSWORD).status_code for n in range(5)]
    assert calls == [200] * 5


def test_wrong_codes_are_limited_per_account_from_anywhere(start: Start, shop: Shop) -> None:
    member = joined(shop)
    authenticator = with_second_factor(member)
    client = start(rate_limit_staff_account="100 per minute")
    body = {"username": member.username, "password": PASSWORD}
    used = {**body, "totp": authenticator.code()}
    calls = [
        client.post("/api/staff/login", json=used, environ_base={"REMOTE_ADDR": f"203.0.113.{n}"}) for n in range(4)
    ]
    assert [call.status_code for call in calls] == [401, 401, 401, 429]
    assert log_in(client, "203.0.113.9", username="somebody-else").status_code == 401


def test_being_asked_for_a_code_is_not_a_wrong_one(start: Start, shop: Shop) -> None:
    member = joined(shop)
    with_second_factor(member)
    client = start(rate_limit_staff_account="100 per minute")
    calls = [log_in(client, f"203.0.113.{n}", username=member.username, password=PASSWORD) for n in range(5)]
    assert [call.get_json()["code"] for call in calls] == [40105] * 5


def test_a_stolen_login_cannot_try_many_passwords(start: Start, shop: Shop) -> None:
    client, member, colleague = start(), joined(shop), joined(shop)
    body = {"oldPassword": "wrong", "newPassword": "battery horse correct"}
    wrong = [client.post("/api/staff/password", json=body, headers=member.headers).status_code for _ in range(4)]
    assert wrong == [401, 401, 401, 429]
    assert client.post("/api/staff/totp", json={"password": PASSWORD}, headers=member.headers).status_code == 429
    assert client.get("/api/staff/me", headers=member.headers).status_code == 200
    assert client.post("/api/staff/password", json=body, headers=colleague.headers).status_code == 401


def test_programs_are_counted_by_key(start: Start, shop: Shop) -> None:
    client, one, other = start(), program(shop, "orders:read"), program(shop, "orders:read")
    assert statuses(lambda: client.get("/api/merchant/orders", headers=one.headers), 6) == [200] * 5 + [429]
    assert client.get("/api/merchant/orders", headers=other.headers).status_code == 200
    assert client.get("/api/staff/me", headers=shop.staff().headers).status_code == 200


def test_bad_refresh_tokens_do_not_lock_anybody_out(start: Start) -> None:
    client = start()
    calls = [
        client.post("/api/staff/refresh", json={"refreshToken": "x"}, environ_base={"REMOTE_ADDR": f"203.0.113.{n}"})
        for n in range(5)
    ]
    assert [call.status_code for call in calls] == [401] * 5


def test_a_token_buys_no_more_logins(start: Start, shop: Shop) -> None:
    client, buyer = start(), shop.buyer()
    answers = [
        client.post("/api/auth/login", json={"code": "x"}, headers=headers).status_code
        for headers in ({}, buyer.headers, buyer.headers)
    ]
    assert answers == [401, 401, 429]


def test_staying_logged_in_does_not_count_as_logging_in(start: Start, shop: Shop) -> None:
    client, buyer = start(rate_limit_anonymous="100 per minute"), shop.buyer()
    assert statuses(lambda: client.post("/api/auth/login", json={"code": "x"}), 3) == [401, 401, 429]
    refreshed = client.post("/api/auth/refresh", json={"refreshToken": buyer.refresh_token})
    assert refreshed.status_code == 200


def test_an_ipv6_client_is_its_whole_network(start: Start) -> None:
    client = start()
    addresses = [f"2001:db8:0:1::{n}" for n in range(4)]
    calls = [client.get("/api/products", environ_base={"REMOTE_ADDR": address}).status_code for address in addresses]
    assert calls == [200, 200, 200, 429]
    assert client.get("/api/products", environ_base={"REMOTE_ADDR": "2001:db8:0:2::1"}).status_code == 200


def test_ipv4_clients_of_an_ipv6_socket_are_told_apart(start: Start) -> None:
    client = start()
    addresses = [f"::ffff:203.0.113.{n}" for n in range(5)]
    calls = [client.get("/api/products", environ_base={"REMOTE_ADDR": address}).status_code for address in addresses]
    assert calls == [200] * 5


def forwarded(client: FlaskClient, value: str) -> int:
    return client.get("/api/products", headers={"X-Forwarded-For": value}).status_code


def test_without_a_proxy_no_header_changes_the_address(start: Start) -> None:
    client = start(trusted_proxies=0)
    assert [forwarded(client, f"203.0.113.{n}") for n in range(4)] == [200, 200, 200, 429]


def test_behind_a_proxy_only_its_own_entry_counts(start: Start) -> None:
    client = start(trusted_proxies=1)
    assert [forwarded(client, f"198.51.100.{n}, 203.0.113.1") for n in range(4)] == [200, 200, 200, 429]
    assert forwarded(client, "203.0.113.2") == 200


@pytest.mark.parametrize("value", ["garbage", "203.0.113.1:8080", "<script>", "unix:", "999.1.1.1", "fe80::1%eth0"])
def test_an_address_that_is_none_is_limited_too(start: Start, value: str) -> None:
    client = start(trusted_proxies=1)
    assert [forwarded(client, value) for _ in range(4)] == [200, 200, 200, 429]


def test_without_redis_each_process_limits_for_itself(start: Start) -> None:
    url = f"redis://127.0.0.1:{free_port()}"
    one, other = start(redis_url=url), start(redis_url=url)
    assert statuses(lambda: one.get("/api/products"), 4) == [200, 200, 200, 429]
    assert statuses(lambda: other.get("/api/products"), 4) == [200, 200, 200, 429]


def test_without_redis_wrong_passwords_are_limited_too(start: Start) -> None:
    client = start(redis_url=f"redis://127.0.0.1:{free_port()}")
    assert [log_in(client, f"203.0.113.{n}").status_code for n in range(4)] == [401, 401, 401, 429]


def test_redis_going_away_is_no_failure_and_no_freedom(start: Start) -> None:
    with running_valkey() as url:
        client = start(redis_url=url)
        before = statuses(lambda: client.get("/api/products"), 2)
    after = statuses(lambda: client.get("/api/products"), 4)
    assert (before, after) == ([200, 200], [200, 200, 200, 429])


def test_with_redis_all_processes_count_together(start: Start) -> None:
    one, other = start(), start()
    assert statuses(lambda: one.get("/api/products"), 3) == [200, 200, 200]
    refused(other.get("/api/products"), 429)


def test_operators_and_callbacks_are_not_limited(start: Start) -> None:
    client = start()
    assert statuses(lambda: client.get("/health"), 6) == [200] * 6
    assert statuses(lambda: client.post("/api/wechat/pay/notify", data=b"x"), 6) == [401] * 6


def test_the_defaults_are_those_that_the_documentation_states() -> None:
    defaults = {name: field.load_default for name, field in SettingsSchema().fields.items() if name.startswith("rate_")}
    assert defaults["rate_limit_login"] == "100 per 15 minutes"
    assert all(re.fullmatch(r"\d+ per (\d+ )?minutes?", str(default)) for default in defaults.values())
