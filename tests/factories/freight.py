"""Stores that take something for sending orders."""

from __future__ import annotations

from typing import Any

from tests.factories.shop import ADDRESS, Buyer, Shop

Json = dict[str, Any]


def charge(shop: Shop, fee: int = 600, *, free_from: int | None = None, **fees: int | None) -> None:
    """Has the store take so many fen, and in the named provinces their own; None: it does not deliver there."""
    regions = [{"provinces": [province], "fee": own} for province, own in fees.items()]
    shop.configure(freight={"fee": fee, "free_from": free_from, "regions": regions})


def order_body(*items: tuple[Json, int], province: str = "浙江省") -> Json:
    lines = [{"productId": sku["productId"], "skuId": sku["skuId"], "quantity": units} for sku, units in items]
    return {"items": lines, "address": {**ADDRESS, "province": province}}


def amounts(answer: Json) -> tuple[int, int | None, int]:
    """Returns what goods, freight and both cost."""
    return answer["goodsAmount"], answer["freightAmount"], answer["totalAmount"]


def shown_money(buyer: Buyer, order: Json) -> tuple[str, int, int]:
    """Returns the order's status, what is on its way back or asked back, and what stays."""
    shown = buyer.read_order(order["id"])
    back = shown["refundingAmount"] + shown["refundedAmount"]
    return shown["status"], back, shown["totalAmount"] - back
