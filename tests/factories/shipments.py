"""Parcels of orders, here and at WeChat."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from src.models.orders import Order
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import Sku, ledger, pass_time

SF = {"company": "SF", "trackingNo": "SF1234567890"}
ZTO = {"company": "ZTO", "trackingNo": "73123456789"}
VISIBLE_AFTER_S = 4


def ship(shop: Shop, order_id: str, *parcels: dict[str, str]) -> dict[str, Any]:
    """Returns the order as staff see it after it was shipped."""
    path = f"/api/orders/{order_id}/ship"
    shipped: dict[str, Any] = data_of(shop.staff().post(path, {"parcels": list(parcels or (SF,))}), 200)
    return shipped


def correct(shop: Shop, order_id: str, *parcels: dict[str, str]) -> dict[str, Any]:
    path = f"/api/orders/{order_id}/shipment"
    corrected: dict[str, Any] = data_of(shop.staff().put(path, {"parcels": list(parcels)}), 200)
    return corrected


def shipped_order(buyer: Buyer, sku: Sku, clock: Any, *parcels: dict[str, str]) -> dict[str, Any]:
    """Returns an order whose payment WeChat's shipping management sees, and which was shipped."""
    paid = buyer.shop.paid_order(buyer, (sku, 1))
    pass_time(buyer.shop, clock, VISIBLE_AFTER_S)
    return ship(buyer.shop, paid["id"], *parcels)


def wechat_shipping(shop: Shop, order_id: str) -> dict[str, Any]:
    """Returns what staff see of what WeChat knows."""
    order = data_of(shop.staff().get(f"/api/merchant/orders/{order_id}"), 200)
    shown: dict[str, Any] = order["wechatShipping"]
    return shown


def stored(order_id: str) -> Order:
    return Order._from_son(Order.collection().find_one({"_id": ObjectId(order_id)}))


def parcels_at_wechat(shop: Shop, order_no: str) -> list[list[tuple[str, str]]]:
    """Returns company and number of each parcel, for each upload that WeChat has taken."""
    return [
        [(parcel["express_company"], parcel["tracking_no"]) for parcel in upload["parcels"]]
        for shipping in ledger(shop)["shippings"]
        if shipping["outTradeNo"].startswith(order_no)
        for upload in shipping["uploads"]
    ]
