"""Subscribe messages in a store's file: which field says what."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from src.controllers.schemas.message_templates import MessageTemplatesIn


def loaded(kind: str = "order_paid", **changes: Any) -> dict[str, Any]:
    template = {"templateId": "T-1", "fields": {"thing1": "productName"}, **changes}
    document: dict[str, Any] = MessageTemplatesIn().load({kind: template})
    return document


def reasons(kind: str = "order_paid", **changes: Any) -> dict[str, Any]:
    with pytest.raises(ValidationError) as refused:
        loaded(kind, **changes)
    messages = refused.value.messages
    assert isinstance(messages, dict)
    return dict(messages[kind])


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("order_paid", {"thing1": "productName", "amount2": "totalAmount", "character_string3": "orderNo"}),
        ("order_paid", {"time4": "paidAt", "phrase5": "status", "number6": "quantity", "thing7": "storeName"}),
        ("order_shipped", {"thing1": "company", "character_string2": "trackingNo", "date3": "shippedAt"}),
        ("refund_succeeded", {"amount1": "refundAmount", "character_string2": "refundNo", "time3": "refundedAt"}),
        ("order_shipped", {"thing1": "=请留意快递电话", "phrase2": "=已发货"}),
    ],
)
def test_fields_that_take_their_sources(kind: str, fields: dict[str, str]) -> None:
    assert loaded(kind, fields=fields) == {kind: {"template_id": "T-1", "page": "", "fields": fields}}


@pytest.mark.parametrize(
    ("kind", "field", "source"),
    [
        ("order_paid", "amount1", "productName"),
        ("order_paid", "thing1", "trackingNo"),
        ("order_paid", "thing1", "openid"),
        ("order_paid", "thing1", ""),
        ("order_paid", "thing1", "="),
        ("order_paid", "thing1", "=" + "茶" * 21),
        ("order_paid", "phrase1", "=paid"),
        ("order_paid", "productName", "productName"),
        ("order_paid", "thing", "productName"),
        ("order_shipped", "thing1", "orderNo"),
        ("order_shipped", "amount1", "refundAmount"),
        ("refund_succeeded", "thing1", "company"),
    ],
)
def test_a_field_that_cannot_say_that(kind: str, field: str, source: str) -> None:
    wrong = reasons(kind, fields={"thing9": "productName", field: source})
    assert list(wrong["fields"]) == [field]


@pytest.mark.parametrize("page", ["pages/order/index?id={orderId}", "pages/index", ""])
def test_a_page(page: str) -> None:
    assert loaded(page=page)["order_paid"]["page"] == page


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"page": "/pages/order"}, "page"),
        ({"page": "pages/{openid}"}, "page"),
        ({"page": "pages/" + "x" * 300}, "page"),
        ({"templateId": ""}, "templateId"),
        ({"templateId": "x" * 65}, "templateId"),
        ({"templateId": "a b"}, "templateId"),
        ({"fields": {}}, "fields"),
        ({"fields": {f"thing{n}": "productName" for n in range(1, 12)}}, "fields"),
        ({"lang": "zh_CN"}, "lang"),
    ],
)
def test_a_template_that_is_refused(changes: dict[str, Any], name: str) -> None:
    assert list(reasons(**changes)) == [name]


def test_an_unknown_occasion_is_refused() -> None:
    with pytest.raises(ValidationError):
        loaded("order_cancelled")
