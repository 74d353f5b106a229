"""What shoppers, staff and WeChat do with refunds."""

from __future__ import annotations

from typing import Any

from src.models.refunds import Refund
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import ledger

Document = dict[str, Any]
PARCEL = {"company": "SF", "trackingNo": "SF1234567890"}


def wanted(*items: tuple[Document, int], reason: str = "不想要了") -> Document:
    """Returns the body that asks back so many units of these SKUs."""
    return {"items": [{"orderItemId": sku["skuId"], "quantity": units} for sku, units in items], "reason": reason}


def asked(buyer: Buyer, order: Document, *items: tuple[Document, int]) -> Document:
    """Returns the data of a new refund request."""
    return dict(data_of(buyer.post(f"/api/orders/{order['id']}/refunds", wanted(*items)), 201))


def decide(shop: Shop, refund: Document, action: str, body: Document | None = None) -> Document:
    """Returns the refund as its staff see it after they have done `action`."""
    return dict(data_of(shop.staff().post(f"/api/merchant/refunds/{refund['id']}/{action}", body or {}), 200))


def read_refund(buyer: Buyer, refund: Document) -> Document:
    return dict(data_of(buyer.get(f"/api/refunds/{refund['id']}"), 200))


def plan(shop: Shop, outcome: str = "SUCCESS", after_s: int | None = None, **which: Any) -> None:
    """Says what becomes of coming refunds at WeChat, and when; None: only by `settle`."""
    shop.control("refunds/plan", {"outcome": outcome, "afterSeconds": after_s, **which})


def settle(shop: Shop, out_refund_no: str, outcome: str = "SUCCESS") -> None:
    """Has WeChat end a refund now; its notification goes out by itself."""
    shop.control(f"refunds/{out_refund_no}/settle", {"outcome": outcome})
    shop.control("clock/advance", {"seconds": 0})


def tell(shop: Shop, out_refund_no: str, **how: Any) -> list[dict[str, Any]]:
    """Has the sandbox deliver a refund's notification now; returns what we answered, per copy."""
    answer = shop.control("notifications/deliver", {"outRefundNo": out_refund_no, **how})
    return list(answer["answers"])


def refunds_at_wechat(shop: Shop) -> dict[str, str]:
    """Returns the status of each out_refund_no that WeChat knows."""
    return {refund["outRefundNo"]: refund["status"] for refund in ledger(shop)["refunds"]}


def refund_document(refund: Document) -> Refund:
    found: Refund = Refund.objects.get(refund_no=refund["refundNo"])
    return found


def shipped_order(buyer: Buyer, *items: tuple[Document, int]) -> Document:
    order = buyer.shop.paid_order(buyer, *items)
    return dict(data_of(buyer.shop.staff().post(f"/api/orders/{order['id']}/ship", PARCEL), 200))
