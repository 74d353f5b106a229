"""What shoppers may write into orders, profiles and shipments."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from marshmallow import Schema, ValidationError

from src.controllers.schemas.orders import OrderIn, OrderQuery
from src.controllers.schemas.shipments import ShipmentIn
from src.controllers.schemas.users import ProfileIn
from src.services.orders.checkout import MAX_LINES, MAX_QUANTITY, PlaceOrder, WantedItem
from src.utils.order_states import OrderStatus
from tests.factories.shop import ADDRESS

PRODUCT, SKU = ObjectId(), ObjectId()
LINE: dict[str, Any] = {"productId": str(PRODUCT), "skuId": str(SKU), "quantity": 1}
ORDER: dict[str, Any] = {"items": [LINE], "address": ADDRESS, "note": "请快一点"}


def named_errors(schema: type[Schema], body: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        schema().load(body)
    assert isinstance(caught.value.messages, dict)
    return sorted(caught.value.messages)


@pytest.mark.parametrize("quantity", ["1", 1.0, 1.5, True, 0, -1, MAX_QUANTITY + 1, 2**63, None, {"$gt": 0}, [1]])
def test_a_quantity_refuses(quantity: Any) -> None:
    assert named_errors(OrderIn, {**ORDER, "items": [{**LINE, "quantity": quantity}]}) == ["items"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["address", "items"]),
        ({**ORDER, "items": []}, ["items"]),
        ({**ORDER, "items": None}, ["items"]),
        ({**ORDER, "items": LINE}, ["items"]),
        ({**ORDER, "items": [None]}, ["items"]),
        ({**ORDER, "items": [LINE] * (MAX_LINES + 1)}, ["items"]),
        ({**ORDER, "items": [{**LINE, "price": 1}]}, ["items"]),
        ({**ORDER, "items": [{**LINE, "skuId": None}]}, ["items"]),
        ({**ORDER, "address": None}, ["address"]),
        ({**ORDER, "address": "西湖区"}, ["address"]),
        ({**ORDER, "note": None}, ["note"]),
        ({**ORDER, "note": "x" * 201}, ["note"]),
        ({**ORDER, "status": "paid"}, ["status"]),
        ({**ORDER, "totalAmount": 1}, ["totalAmount"]),
        ({**ORDER, "userId": str(ObjectId())}, ["userId"]),
        ({**ORDER, "$where": "1"}, ["$where"]),
    ],
)
def test_an_order_refuses(body: dict[str, Any], named: list[str]) -> None:
    assert named_errors(OrderIn, body) == named


@pytest.mark.parametrize("field", sorted(ADDRESS))
def test_every_line_of_an_address_is_required(field: str) -> None:
    address = {name: value for name, value in ADDRESS.items() if name != field}
    assert named_errors(OrderIn, {**ORDER, "address": address}) == ["address"]


@pytest.mark.parametrize("field", sorted(ADDRESS))
@pytest.mark.parametrize("value", ["", " ", "x" * 201, None, 5, {"$ne": None}])
def test_every_line_of_an_address_is_text(field: str, value: Any) -> None:
    assert named_errors(OrderIn, {**ORDER, "address": {**ADDRESS, field: value}}) == ["address"]


@pytest.mark.parametrize(
    "phone",
    [
        "12800138000",
        "1380013800",
        "138001380000",
        "+8613800138000",
        "１３８００１３８０００",
        "13800138000\n",
        " 13800138000",
    ],
)
def test_a_phone_number_is_a_mainland_mobile_number(phone: str) -> None:
    assert named_errors(OrderIn, {**ORDER, "address": {**ADDRESS, "phone": phone}}) == ["address"]
    assert named_errors(ProfileIn, {"phone": phone}) == ["phone"]


def test_an_order_is_read() -> None:
    assert OrderIn().load(ORDER) == PlaceOrder([WantedItem(PRODUCT, 1, SKU)], ADDRESS, "请快一点")


def test_the_sku_and_the_note_may_be_left_out() -> None:
    body = {"items": [{"productId": str(PRODUCT), "quantity": 2}], "address": ADDRESS}
    assert OrderIn().load(body) == PlaceOrder([WantedItem(PRODUCT, 2, None)], ADDRESS, "")


@pytest.mark.parametrize("status", ["", "PAID", "refunded", "0"])
def test_orders_are_listed_by_a_known_status_only(status: str) -> None:
    assert named_errors(OrderQuery, {"status": status}) == ["status"]


def test_orders_are_listed_by_status() -> None:
    assert OrderQuery().load({"status": "paid"})["status"] is OrderStatus.PAID


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["company", "trackingNo"]),
        ({"company": "", "trackingNo": "SF1234567890"}, ["company"]),
        ({"company": "SF", "trackingNo": "SF1"}, ["trackingNo"]),
        ({"company": "SF", "trackingNo": "S" * 41}, ["trackingNo"]),
        ({"company": "SF", "trackingNo": "SF 123456"}, ["trackingNo"]),
        ({"company": "SF", "trackingNo": "ＳＦ1234567"}, ["trackingNo"]),
        ({"company": "SF", "trackingNo": {"$ne": None}}, ["trackingNo"]),
        ({"company": "SF", "trackingNo": "SF1234567890", "status": "completed"}, ["status"]),
    ],
)
def test_a_shipment_refuses(body: dict[str, Any], named: list[str]) -> None:
    assert named_errors(ShipmentIn, body) == named


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["_schema"]),
        ({"nickname": ""}, ["nickname"]),
        ({"nickname": "x" * 33}, ["nickname"]),
        ({"nickname": None}, ["nickname"]),
        ({"avatar": "javascript:alert(1)"}, ["avatar"]),
        ({"role": "admin"}, ["role"]),
        ({"openid": "o1"}, ["openid"]),
        ({"sessionKey": "x"}, ["sessionKey"]),
        ({"phoneVerified": True}, ["phoneVerified"]),
        ({"_id": str(ObjectId())}, ["_id"]),
    ],
)
def test_a_profile_refuses(body: dict[str, Any], named: list[str]) -> None:
    assert named_errors(ProfileIn, body) == named
