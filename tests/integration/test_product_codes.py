"""Codes to share a product with: pictures that WeChat makes once."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

import pytest

from src.models.product_codes import ProductCode
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Shop, data_of, refused
from tests.factories.wechat import calls_of, fault, ledger

PNG = b"\x89PNG\r\n\x1a\n"
CALL = "wxacode"


@pytest.fixture
def product(shop: Shop) -> dict[str, Any]:
    return shop.product()


def path_of(product: dict[str, Any]) -> str:
    return f"/api/products/{product['id']}/code"


def test_the_code_of_a_product_is_a_picture(shop: Shop, product: dict[str, Any]) -> None:
    answer = shop.anonymous.get(path_of(product))
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.get_data().startswith(PNG)
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.get_data()).hexdigest()}"'
    (code,) = ledger(shop)["codes"]
    assert (code["scene"], code["page"], code["appid"]) == (
        f"p={product['id']}",
        "pages/product/index",
        shop.appid,
    )
    assert len(code["scene"]) <= 32


def test_the_document_names_both_kinds_of_picture(shop: Shop) -> None:
    responses = shop.client.get("/api/openapi.json").get_json()["paths"]["/api/products/{productId}/code"]["get"][
        "responses"
    ]
    for status in ("200", "304"):
        assert sorted(responses[status]["content"]) == ["image/jpeg", "image/png"]


def test_wechat_makes_it_once(shop: Shop, product: dict[str, Any]) -> None:
    first = shop.anonymous.get(path_of(product))
    again = shop.anonymous.get(path_of(product))
    assert (again.get_data(), again.headers["ETag"]) == (first.get_data(), first.headers["ETag"])
    assert calls_of(shop, CALL) == 1


def test_who_has_it_need_not_read_it_again(shop: Shop, product: dict[str, Any]) -> None:
    tag = shop.anonymous.get(path_of(product)).headers["ETag"]
    answer = shop.client.get(path_of(product), headers={"If-None-Match": tag})
    assert (answer.status_code, answer.get_data(), answer.headers["ETag"]) == (304, b"", tag)
    changed = shop.client.get(path_of(product), headers={"If-None-Match": '"other"'})
    assert changed.status_code == 200


def test_many_first_readers_make_one(shop: Shop, product: dict[str, Any]) -> None:
    answers = results(at_once([partial(shop.anonymous.get, path_of(product))] * 24))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.get_data() for answer in answers}) == 1
    assert calls_of(shop, CALL) == 1
    assert ProductCode.collection().count_documents({}) == 1


def test_the_page_is_the_stores_setting(shop: Shop, product: dict[str, Any]) -> None:
    usual = shop.anonymous.get(path_of(product)).get_data()
    shop.configure(code_page="packages/tea/detail")
    assert shop.anonymous.get(path_of(product)).get_data() != usual
    assert [code["page"] for code in ledger(shop)["codes"]] == ["pages/product/index", "packages/tea/detail"]
    shop.configure()
    assert shop.anonymous.get(path_of(product)).get_data() == usual
    assert calls_of(shop, CALL) == 2


def test_only_a_product_on_sale_has_a_code(shop: Shop, other_shop: Shop, product: dict[str, Any]) -> None:
    hidden, gone, foreign = shop.product(status="off_sale"), shop.product(), other_shop.product()
    data_of(shop.staff().delete(f"/api/products/{gone['id']}"), 200)
    with nothing_changes():
        for absent in (hidden, gone, foreign, {"id": NOBODYS_ID}, {"id": "x"}):
            refused(shop.anonymous.get(path_of(absent)), 404)
    assert calls_of(shop, CALL) == 0


def test_a_product_that_is_no_longer_on_sale_hides_its_code(shop: Shop, product: dict[str, Any]) -> None:
    assert shop.anonymous.get(path_of(product)).status_code == 200
    data_of(shop.staff().delete(f"/api/products/{product['id']}"), 200)
    refused(shop.anonymous.get(path_of(product)), 404)


@pytest.mark.parametrize("kind", ["bad_gateway", "reset_before", "reset_after", "html", "errcode", "system_error"])
def test_without_wechat_and_without_a_code_there_is_none(shop: Shop, product: dict[str, Any], kind: str) -> None:
    fault(shop, CALL, kind)
    with nothing_changes():
        refused(shop.anonymous.get(path_of(product)), 50301)
    assert shop.anonymous.get(path_of(product)).status_code == 200


def test_a_code_that_was_made_needs_no_wechat(shop: Shop, product: dict[str, Any]) -> None:
    assert shop.anonymous.get(path_of(product)).status_code == 200
    fault(shop, CALL, "bad_gateway", times=None)
    assert shop.anonymous.get(path_of(product)).status_code == 200


def test_a_page_that_wechat_does_not_know_is_an_operators_affair(shop: Shop, product: dict[str, Any]) -> None:
    fault(shop, CALL, "errcode", errcode=41030)
    refused(shop.anonymous.get(path_of(product)), 50301)


def test_another_mini_program_gets_a_code_of_its_own(shop: Shop, product: dict[str, Any]) -> None:
    first = shop.anonymous.get(path_of(product)).get_data()
    credentials = shop.control("accounts", {})
    shop.configure(appid=credentials["appid"], app_secret=credentials["appSecret"])
    assert shop.anonymous.get(path_of(product)).get_data() != first
    assert calls_of(shop, CALL) == 2
