"""Requests that are not as they should be, whatever they are for."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ecosystem.sandbox.server import RunningSandbox
from src.middleware.policies import Audience
from tests.factories.contents import nothing_changes
from tests.factories.routes import Route, all_routes, body_of
from tests.factories.shared_shop import Callers, only_shop
from tests.factories.shop import Shop, refused

JSON = "application/json"
ROUTES = all_routes()
UNKNOWN_PATHS = [
    "/",
    "/api",
    "/api/",
    "/nope",
    "/api/products/",
    "//api//products",
    "/api/orders/1",
    "/api/products/x/y",
    "/API/products",
    "/api/products;x=1",
    "/%00",
    "/%ff",
    "/media/",
    "/media/../config/settings.py",
    "/media/%2e%2e/%2e%2e/etc/passwd",
    "/media/%00",
    "/api/docs/nope.js",
    "/api/docs/../../app.py",
    "/admin",
    "/.env",
    "/console",
    "/media/" + "a" * 3_000,
]
BROKEN_JSON = [
    "",
    "5",
    "null",
    "[]",
    '"x"',
    "true",
    "{",
    "{}}",
    "{'code': 'x'}",
    '{"code": NaN}',
    '{"code": Infinity}',
    '{"code": "x", "code": "y"}',
    '{"code": "\\ud800"}',
    '{"code": 1e400}',
    "\ufeff{}",
    '{"code": "\x01"}',
    "[" * 100_000,
    '{"code":' * 20_000,
    '{"code": ' + "9" * 5_000 + "}",
]
OTHER_TYPES = [
    "",
    "text/plain",
    "text/html",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/evil+json",
    "application/json; charset=utf-16",
    "application/jsonx",
]
WITH_BODY = [route for route in ROUTES if route.rule.startswith("/api") and body_of(route) is not None]
OF_SOMEBODY = (Audience.SHOPPER, Audience.STAFF, Audience.EITHER, Audience.PLATFORM)
WITH_TOKEN = [route for route in ROUTES if route.method in ("POST", "PUT") and route.policy.audience in OF_SOMEBODY]


@pytest.fixture(scope="module")
def shop(app: Flask, running_wechat: RunningSandbox) -> Shop:
    return only_shop(app, running_wechat)


@pytest.fixture(scope="module")
def callers(shop: Shop) -> Callers:
    return Callers(shop)


def post(
    shop: Shop, body: str | bytes, path: str = "/api/auth/login", content_type: str = JSON, **headers: str
) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return shop.client.post(path, data=body, content_type=content_type, headers=named)


def test_an_unknown_path(shop: Shop) -> None:
    for path in UNKNOWN_PATHS:
        refused(shop.client.get(path), 404)


@pytest.mark.parametrize("accept", ["text/html", "image/png", "*/*", ""])
def test_a_failure_is_json_whatever_is_accepted(shop: Shop, accept: str) -> None:
    refused(shop.client.get("/nope", headers={"Accept": accept}), 404)


def test_every_path_refuses_the_methods_it_does_not_have_and_names_those_it_has(shop: Shop) -> None:
    paths = {route.path() for route in ROUTES}
    with nothing_changes():
        for path in paths:
            known = {route.method for route in ROUTES if route.path() == path}
            allowed = known | {"OPTIONS"} | ({"HEAD"} if "GET" in known else set())
            for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO"} - allowed:
                answer = shop.client.open(path, method=method)
                refused(answer, 405)
                assert set(answer.headers["Allow"].split(", ")) == allowed


def test_a_method_override_is_ignored(shop: Shop) -> None:
    product = shop.product()
    with nothing_changes():
        answer = shop.client.get(
            f"/api/products/{product['id']}",
            headers={**shop.staff().headers, "X-HTTP-Method-Override": "DELETE"},
            query_string={"_method": "DELETE"},
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_a_callback_is_a_post(shop: Shop, method: str) -> None:
    with nothing_changes():
        refused(getattr(shop.client, method)("/api/wechat/pay/notify"), 405)


@pytest.mark.parametrize("body", [b"", b"{}", b"x", b"\xff", b"[" * 100_000])
def test_a_callback_that_wechat_has_not_signed(shop: Shop, body: bytes) -> None:
    headers = {**shop.buyer().headers, "Wechatpay-Serial": shop.credentials["wechatpayPublicKeyId"]}
    for signature in ("", "é", "WECHATPAY/SIGNTEST/x", "QUJD"):
        signed = {**headers, "Wechatpay-Signature": signature, "Wechatpay-Timestamp": "1767580497"}
        with nothing_changes():
            answer = shop.client.post("/api/wechat/pay/notify", data=body, headers=signed)
            assert (answer.status_code, answer.get_json()["code"]) == (401, "FAIL")


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_every_body_must_be_json_in_utf_8(shop: Shop, callers: Callers, route: Route) -> None:
    person = callers.of(route)
    sent: dict[str, Any] = {"path": route.path(), "method": route.method, "data": b"{}"}
    with nothing_changes():
        for content_type in OTHER_TYPES:
            refused(shop.client.open(**sent, content_type=content_type, headers=person.headers), 415)
        for encoding in ("gzip", "deflate", "br"):
            headers = {**person.headers, "Content-Encoding": encoding}
            refused(shop.client.open(**sent, content_type=JSON, headers=headers), 415)


def test_who_lacks_a_token_does_not_learn_what_a_body_must_be(shop: Shop) -> None:
    with nothing_changes():
        for route in WITH_TOKEN:
            for content_type in OTHER_TYPES:
                answer = shop.client.open(route.path(), method=route.method, data=b"{}", content_type=content_type)
                refused(answer, 401)


@pytest.mark.parametrize("content_type", [JSON, "application/json; charset=utf-8", "application/json;charset=UTF-8"])
def test_json_in_utf_8_is_taken(shop: Shop, content_type: str) -> None:
    assert list(refused(post(shop, "{}", content_type=content_type), 400)["errors"]) == ["code"]


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_every_chunked_or_oversize_body_is_refused(shop: Shop, route: Route) -> None:
    with nothing_changes():
        chunked = {"Transfer-Encoding": "chunked"}
        sent: dict[str, Any] = {"path": route.path(), "method": route.method, "content_type": JSON}
        refused(shop.client.open(**sent, data=b"{}", headers=chunked), 411)
        refused(shop.client.open(**sent, data=b" " * 262_145), 413)


def test_a_body_of_the_largest_size_is_read(shop: Shop) -> None:
    assert list(refused(post(shop, "{}" + " " * 262_142), 400)["errors"]) == ["code"]


def test_a_chunked_callback_is_refused(shop: Shop) -> None:
    with nothing_changes():
        refused(post(shop, "{}", path="/api/wechat/pay/notify", Transfer_Encoding="chunked"), 411)
        refused(post(shop, " " * 262_145, path="/api/wechat/pay/notify"), 413)


def test_broken_json(shop: Shop) -> None:
    with nothing_changes():
        for body in BROKEN_JSON:
            refused(post(shop, body), 400)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1", "gb18030"])
def test_json_in_another_encoding(shop: Shop, encoding: str) -> None:
    with nothing_changes():
        refused(post(shop, '{"code": "é"}'.encode(encoding)), 400)


def test_nothing_of_a_body_or_of_python_is_in_a_refusal(shop: Shop) -> None:
    answer = post(shop, '{"code": canary}').get_data(as_text=True).lower()
    assert not any(word in answer for word in ("canary", "json.decoder", "traceback", "mongo", "python", "line 1"))


@pytest.mark.parametrize("given", ["01234567", "a-B_c.9" * 3, "x" * 64])
def test_a_request_id_is_echoed(shop: Shop, given: str) -> None:
    assert shop.client.get("/nope", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize(
    "given",
    ["", "short", "x" * 65, "a b c d e f", "<script>alert</script>", "茶茶茶茶茶茶茶茶".encode().decode("latin-1")],
)
def test_a_strange_request_id_is_replaced(shop: Shop, given: str) -> None:
    minted = shop.client.get("/nope", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert len(minted) == 32
    assert minted != given


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost"])
def test_no_other_origin_is_let_in(shop: Shop, origin: str) -> None:
    for answer in (
        shop.client.get("/api/products", headers={"Origin": origin}),
        shop.client.options("/api/products", headers={"Origin": origin, "Access-Control-Request-Method": "DELETE"}),
    ):
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


def test_every_answer_has_the_security_headers(shop: Shop) -> None:
    for path in ("/nope", "/api/products", "/health", "/api/docs", "/api/orders"):
        headers = shop.client.get(path).headers
        assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_personal_answers_are_not_stored_by_caches(shop: Shop) -> None:
    assert shop.buyer().get("/api/orders").headers["Cache-Control"] == "no-store"
    assert shop.login(shop.wechat_user()).headers["Cache-Control"] == "no-store"
    assert shop.client.get("/nope").headers["Cache-Control"] == "no-store"
