"""What operators and load balancers ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import pytest
from flask import Flask
from pymongo.errors import ServerSelectionTimeoutError

from config.settings import Settings
from ecosystem.embedded.ports import free_port
from src.app import create_app
from src.models.connection import database
from src.models.indexes import ensure_indexes, missing_indexes
from src.services.registry import build_services
from tests.factories.shop import Shop, data_of, refused


@pytest.fixture
def fresh_app(app: Flask, settings: Settings) -> Flask:
    """A process that has not looked at the indexes yet."""
    return create_app(settings, build_services(settings))


@pytest.fixture
def without_an_index(app: Flask) -> Iterator[None]:
    database()["orders"].drop_index("order_no_1")
    yield
    ensure_indexes()


def test_a_process_that_runs_is_healthy(app: Flask) -> None:
    assert data_of(app.test_client().get("/health"), 200) == {"status": "ok"}


def test_ready(fresh_app: Flask) -> None:
    ready = {"database": "writable", "redis": "ok", "indexes": "complete"}
    assert data_of(fresh_app.test_client().get("/readiness"), 200) == ready


def test_not_ready_while_an_index_is_missing(fresh_app: Flask, without_an_index: None) -> None:
    answer = fresh_app.test_client().get("/readiness")
    data = refused(answer, 503)
    assert [line.partition(":")[0] for line in data["indexes"]] == ["orders"]
    assert answer.headers["Retry-After"] == "1"


def test_ready_again_once_the_index_is_there(fresh_app: Flask, without_an_index: None) -> None:
    refused(fresh_app.test_client().get("/readiness"), 503)
    ensure_indexes()
    assert fresh_app.test_client().get("/readiness").status_code == 200


def test_an_index_with_other_options_is_a_missing_one(app: Flask, without_an_index: None) -> None:
    database()["orders"].create_index("order_no")
    assert len(missing_indexes()) == 1
    database()["orders"].drop_index("order_no_1")


def test_not_ready_without_a_database(fresh_app: Flask) -> None:
    with patch("src.services.health.is_writable", side_effect=ServerSelectionTimeoutError("canary")):
        answer = fresh_app.test_client().get("/readiness")
    refused(answer, 503)
    assert "canary" not in answer.get_data(as_text=True)


def test_not_ready_on_a_secondary(fresh_app: Flask) -> None:
    with patch("src.services.health.is_writable", return_value=False):
        assert refused(fresh_app.test_client().get("/readiness"), 503) == {"database": "not writable"}


def test_ready_without_redis_which_is_said(settings: Settings, app: Flask) -> None:
    without_redis = replace(settings, redis_url=f"redis://127.0.0.1:{free_port()}")
    ready = data_of(create_app(without_redis, build_services(settings)).test_client().get("/readiness"), 200)
    assert ready == {"database": "writable", "redis": "down", "indexes": "complete"}


def test_operators_routes_belong_to_no_store_and_are_not_limited(shop: Shop) -> None:
    for path in ("/health", "/readiness", "/metrics"):
        answer = shop.client.get(path, headers={"X-Store": "nope", "Authorization": "Bearer x"})
        assert answer.status_code == 200
        assert "RateLimit-Limit" not in answer.headers


def test_metrics_count_requests_by_route_not_by_path(shop: Shop) -> None:
    sku = shop.sku()
    shop.client.get(f"/api/products/{sku['productId']}")
    shop.client.get("/nope/canary")
    answer = shop.client.get("/metrics")
    text = answer.get_data(as_text=True)
    assert answer.mimetype == "text/plain"
    assert 'route="/api/products/<id:product_id>",status="200"' in text
    assert sku["productId"] not in text
    assert "canary" not in text


def test_an_invented_method_makes_no_series_of_its_own(shop: Shop) -> None:
    shop.client.open("/health", method="CANARY")
    text = shop.client.get("/metrics").get_data(as_text=True)
    assert "CANARY" not in text
    assert 'method="other",route="unmatched",status="405"' in text
