"""What shoppers, staff and WeChat do with refunds."""

from __future__ import annotations

from typing import Any

from src.models.refunds import Refund
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import ledger, paid_at_wechat

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


def walk_refunds(buyer: Buyer) -> None:
    """Calls every operation on refunds and on payments as staff see them."""
    plan(buyer.shop)
    _refunds_that_pay_nothing(buyer)
    _goods_that_come_back(buyer)
    _walk_held_money(buyer)
    staff = buyer.shop.staff()
    for path in ("/api/merchant/refunds", "/api/merchant/payments"):
        for query in ({}, {"status": "succeeded"}):
            assert data_of(staff.get(path, **query), 200)["list"]


def _refunds_that_pay_nothing(buyer: Buyer) -> None:
    sku = buyer.shop.sku()
    order = buyer.shop.paid_order(buyer, (sku, 1))
    withdrawn = asked(buyer, order, (sku, 1))
    data_of(buyer.post(f"/api/refunds/{withdrawn['id']}/withdraw"), 200)
    decide(buyer.shop, asked(buyer, order, (sku, 1)), "reject", {"reason": "商品已使用"})
    refunds = data_of(buyer.get(f"/api/orders/{order['id']}/refunds"), 200)["refunds"]
    assert [refund["status"] for refund in refunds] == ["withdrawn", "rejected"]


def _goods_that_come_back(buyer: Buyer) -> None:
    shop, sku = buyer.shop, buyer.shop.sku()
    refund = asked(buyer, shipped_order(buyer, (sku, 1)), (sku, 1))
    decide(shop, refund, "approve")
    data_of(buyer.post(f"/api/refunds/{refund['id']}/return", PARCEL), 200)
    settle(shop, decide(shop, refund, "receive", {"restock": True})["outRefundNo"], "ABNORMAL")
    decide(shop, refund, "retry")
    decide(shop, refund, "settle-outside", {"note": "已转账"})
    assert read_refund(buyer, refund)["status"] == "succeeded"
    assert data_of(shop.staff().get(f"/api/merchant/refunds/{refund['id']}"), 200)["restocked"]


def _walk_held_money(buyer: Buyer) -> None:
    shop = buyer.shop
    shop.control("notifications/suspend")
    order = paid_at_wechat(buyer, (shop.sku(), 1))
    shop.deliver(order["orderNo"], overrides={"amount_total": 1})
    shop.control("notifications/resume")
    (payment,) = data_of(shop.staff().get("/api/merchant/payments", held="true"), 200)["list"]
    assert data_of(shop.staff().post(f"/api/merchant/payments/{payment['id']}/send-back"), 200)["status"] == "surplus"
