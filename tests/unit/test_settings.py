"""Settings from the environment."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from config.settings import InvalidSettings, KeyRing, Settings, SettingsSchema, load
from tests.factories.environment import environment, settings_for

EXAMPLE = Path(__file__).parents[2] / "config" / "example.env"
VARIABLES = sorted(str(field.data_key) for field in SettingsSchema().fields.values())
REQUIRED = ["ENCRYPTION_KEYS", "JWT_KEYS", "MINIMALL_ENV", "MONGODB_URI", "PUBLIC_URL", "REDIS_URL"]
KEY = base64.b64encode(b"k" * 32).decode()


def errors_of(environ: dict[str, str]) -> dict[str, list[str]]:
    with pytest.raises(InvalidSettings) as caught:
        load(environ)
    return caught.value.errors


def production(**overrides: str) -> dict[str, str]:
    safe = {"MINIMALL_ENV": "production", "PUBLIC_URL": "https://shop.example", "JWT_KEYS": f"2026:{KEY}"}
    return environment(**{**safe, "ENCRYPTION_KEYS": f"2026:{KEY}", **overrides})


def test_an_empty_environment_lacks_everything_required_at_once() -> None:
    assert sorted(errors_of({})) == REQUIRED


@pytest.mark.parametrize("name", REQUIRED)
def test_blank_is_missing(name: str) -> None:
    assert errors_of(environment(**{name: "  "})) == {name: ["Missing data for required field."]}


@pytest.mark.parametrize(
    "value", [f"2026.1:{KEY}", f"{'k' * 33}:{KEY}", f":{KEY}", f"a:{KEY},a:{KEY}"], ids=["dot", "long", "none", "twice"]
)
@pytest.mark.parametrize("name", ["JWT_KEYS", "ENCRYPTION_KEYS"])
def test_a_key_needs_a_name_of_its_own(name: str, value: str) -> None:
    assert list(errors_of(environment(**{name: value}))) == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MINIMALL_ENV", "staging"),
        ("PUBLIC_URL", "shop.example"),
        ("PUBLIC_URL", "ftp://shop.example"),
        ("MONGODB_URI", "mysql://x"),
        ("REDIS_URL", "http://x"),
        ("JWT_KEYS", KEY),
        ("JWT_KEYS", f":{KEY}"),
        ("JWT_KEYS", f"a:{KEY},"),
        ("JWT_KEYS", "a:not base64!"),
        ("JWT_KEYS", "a:" + base64.b64encode(b"k" * 31).decode()),
        ("ENCRYPTION_KEYS", "a:" + base64.b64encode(b"k" * 31).decode()),
        ("ENCRYPTION_KEYS", "a:" + base64.b64encode(b"k" * 33).decode()),
        ("ORDER_TTL_MINUTES", "0"),
        ("ORDER_TTL_MINUTES", "111"),
        ("ORDER_TTL_MINUTES", "thirty"),
        ("TRUSTED_PROXIES", "2"),
        ("TRUSTED_PROXIES", "-1"),
        ("RATE_LIMIT_LOGIN", "banana"),
        ("RATE_LIMIT_LOGIN", "0 per minute"),
        ("MAX_BODY_BYTES", "1"),
        ("LOG_LEVEL", "TRACE"),
        ("LOG_FORMAT", "xml"),
        ("WEB_WORKERS", "0"),
        ("WECHAT_API_URL", "javascript:alert(1)"),
    ],
)
def test_an_unusable_value_is_named(name: str, value: str) -> None:
    assert list(errors_of(environment(**{name: value}))) == [name]


def test_all_problems_are_named_at_once_one_line_each() -> None:
    with pytest.raises(InvalidSettings) as caught:
        load(environment(JWT_KEYS="", LOG_LEVEL="TRACE", TRUSTED_PROXIES="9"))
    names = [line.strip().partition(":")[0] for line in str(caught.value).splitlines()[1:]]
    assert names == ["JWT_KEYS", "LOG_LEVEL", "TRUSTED_PROXIES"]


@pytest.mark.parametrize(
    "name", [name for name in VARIABLES if name not in {"MEDIA_DIR", "METRICS_DIR", "MONGODB_DATABASE", "WEB_BIND"}]
)
def test_a_refused_value_is_never_shown(name: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load(environment(**{name: "canary=1 canary"}))
    assert "canary" not in str(caught.value)


def test_a_key_may_be_longer_for_tokens_but_not_for_the_cipher() -> None:
    long_key = base64.b64encode(b"k" * 64).decode()
    assert settings_for(environment(JWT_KEYS=f"a:{long_key}")).jwt_keys.current == ("a", b"k" * 64)


def test_a_key_ring_keeps_its_order() -> None:
    ring = settings_for(environment(JWT_KEYS=f"new:{KEY}, old:{KEY}")).jwt_keys
    assert (ring.current[0], list(ring.keys)) == ("new", ["new", "old"])


def test_production_starts_with_real_secrets_and_https() -> None:
    assert load(production()).env == "production"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JWT_KEYS", f"dev-1:{KEY}"),
        ("JWT_KEYS", f"new:{KEY},dev-1:{KEY}"),
        ("ENCRYPTION_KEYS", f"dev-1:{KEY}"),
        ("PUBLIC_URL", "http://shop.example"),
        ("WECHAT_API_URL", "http://127.0.0.1:8700"),
        ("WECHAT_PAY_URL", "http://127.0.0.1:8700"),
        ("WECHAT_PAY_STANDBY_URL", "http://127.0.0.1:8700"),
        ("WEBHOOKS_ALLOW_PRIVATE", "true"),
    ],
)
def test_production_refuses_what_development_may_use(name: str, value: str) -> None:
    assert list(errors_of(production(**{name: value}))) == [name]
    assert isinstance(load(production(**{name: value}, MINIMALL_ENV="development")), Settings)


def test_production_names_every_problem_at_once() -> None:
    environ = production(
        JWT_KEYS=f"dev-1:{KEY}", ENCRYPTION_KEYS="x:short", PUBLIC_URL="http://shop.example", REDIS_URL=""
    )
    assert sorted(errors_of(environ)) == ["ENCRYPTION_KEYS", "JWT_KEYS", "PUBLIC_URL", "REDIS_URL"]


@pytest.mark.parametrize(
    ("given", "standby"),
    [
        ({}, "https://api2.mch.weixin.qq.com"),
        ({"WECHAT_PAY_URL": "https://api.mch.weixin.qq.com"}, "https://api2.mch.weixin.qq.com"),
        ({"WECHAT_PAY_URL": "https://pay.example"}, None),
        (
            {"WECHAT_PAY_URL": "https://pay.example", "WECHAT_PAY_STANDBY_URL": "https://two.example"},
            "https://two.example",
        ),
    ],
)
def test_only_wechats_own_host_has_a_standby_by_itself(given: dict[str, str], standby: str | None) -> None:
    assert load(production(**given)).wechat_pay_standby_url == standby


def test_neither_settings_nor_key_rings_show_their_values() -> None:
    settings = load(production(MONGODB_URI="mongodb://user:canary@127.0.0.1/"))
    assert repr(settings) == "Settings(env='production')"
    assert repr(settings.jwt_keys) == "KeyRing(2026: ***)"
    assert KEY not in repr(KeyRing({"a": b"k" * 32}))


def test_the_public_url_has_no_slash_at_its_end() -> None:
    assert settings_for(environment(PUBLIC_URL="http://127.0.0.1:8000/")).public_url == "http://127.0.0.1:8000"


def test_the_pool_has_a_connection_for_each_thread() -> None:
    environ = environment(WEB_THREADS="6")
    del environ["MONGODB_POOL_SIZE"]
    assert settings_for(environ).mongodb_pool_size == 8


def test_the_example_environment_has_exactly_the_variables() -> None:
    assert sorted(re.findall(r"^([A-Z_]+)=", EXAMPLE.read_text("utf-8"), re.M)) == VARIABLES


def test_the_example_environment_lacks_exactly_what_is_required() -> None:
    lines = re.findall(r"^([A-Z_]+)='?(.*?)'?$", EXAMPLE.read_text("utf-8"), re.M)
    # It is a template for production, which it says.
    assert sorted(errors_of(dict(lines))) == [name for name in REQUIRED if name != "MINIMALL_ENV"]


def test_the_example_environment_shows_the_defaults() -> None:
    lines = dict(re.findall(r"^([A-Z_]+)='?(.+?)'?$", EXAMPLE.read_text("utf-8"), re.M))
    required = {"PUBLIC_URL": "https://x.example", "MONGODB_URI": "mongodb://x", "REDIS_URL": "redis://x"}
    keys = {"JWT_KEYS": f"a:{KEY}", "ENCRYPTION_KEYS": f"a:{KEY}", "MINIMALL_ENV": "production"}
    assert load({**lines, **required, **keys}) == load({**required, **keys})
