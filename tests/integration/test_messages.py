"""The language of messages."""

from __future__ import annotations

import pytest

from tests.factories.shop import Shop


def message(shop: Shop, path: str, language: str | None) -> str:
    headers = {} if language is None else {"Accept-Language": language}
    return str(shop.client.get(path, headers=headers).get_json()["message"])


@pytest.mark.parametrize(
    "language", [None, "", "zh", "zh-CN,zh;q=0.9", "zh-TW", "fr", "*", "zh,en;q=0.9", "en;q=0", ";;;", "x" * 999]
)
def test_chinese_by_default(shop: Shop, language: str | None) -> None:
    assert message(shop, "/api/products", language) == "成功"
    assert message(shop, "/api/orders", language) == "请先登录"
    assert message(shop, "/nope", language) == "接口不存在"


@pytest.mark.parametrize("language", ["en", "en-US,en;q=0.9", "EN", "fr, en;q=0.5", "en,zh;q=0.9"])
def test_english_if_it_is_preferred(shop: Shop, language: str) -> None:
    assert message(shop, "/api/products", language) == "OK"
    assert message(shop, "/api/orders", language) == "Please log in."
    assert message(shop, "/nope", language) == "No such route."


def test_the_code_does_not_depend_on_the_language(shop: Shop) -> None:
    answers = [shop.client.get("/api/orders", headers={"Accept-Language": tag}).get_json() for tag in ("zh", "en")]
    assert [answer["code"] for answer in answers] == [401, 401]
