"""What staff do with stock and with orders beside shipping them."""

from __future__ import annotations

from tests.factories.shop import Buyer, Shop, data_of


def walk_stock(shop: Shop) -> None:
    """Calls every operation on stock."""
    sku, staff = shop.sku(), shop.staff()
    path = f"/api/merchant/skus/{sku['skuId']}"
    data_of(staff.put(f"{path}/stock", {"available": 12, "reason": "盘点", "expected": 10}), 200)
    data_of(staff.post(f"{path}/receive", {"quantity": 5, "reason": "到货", "reference": "PO-1"}), 200)
    data_of(staff.post(f"{path}/write-off", {"quantity": 2, "reason": "破损"}), 200)
    assert data_of(staff.put(f"{path}/low-stock-threshold", {"threshold": 20}), 200)["isLow"]
    data_of(staff.get("/api/merchant/stock", low="true"), 200)
    data_of(staff.get("/api/merchant/stock", keyword="乌龙"), 200)
    data_of(staff.get("/api/merchant/stock-movements", kind="receive"), 200)
    assert len(data_of(staff.get(f"{path}/movements"), 200)["list"]) == 4


def walk_store_orders(buyer: Buyer) -> None:
    """Calls every operation of staff on orders, beside shipping them whole."""
    shop, sku = buyer.shop, buyer.shop.sku()
    staff, order = shop.staff(), buyer.placed((sku, 2))
    path = f"/api/merchant/orders/{order['id']}"
    data_of(staff.put(f"{path}/note", {"note": "周五前发货"}), 200)
    data_of(buyer.pay(order["id"]), 200)
    data_of(staff.post(f"{path}/reprice", {"totalAmount": 1500, "expected": 2000}), 200)
    data_of(staff.get("/api/merchant/orders/print", ids=order["id"]), 200)
    for query in ({"orderNo": order["orderNo"]}, {"receiver": "林"}, {"productName": "乌龙"}, {"amount": 1500}):
        data_of(staff.get("/api/merchant/orders", **query), 200)
    _sent_in_parts(buyer, shop.paid_order(buyer, (sku, 2)), sku["skuId"])


def _sent_in_parts(buyer: Buyer, order: dict[str, str], item: str) -> None:
    for status, number in (("paid", "SF0001"), ("shipped", "SF0002")):
        parcel = {"company": "SF", "trackingNo": number, "items": [{"orderItemId": item, "quantity": 1}]}
        answer = buyer.shop.staff().post(f"/api/orders/{order['id']}/ship", {"parcels": [parcel]})
        assert data_of(answer, 200)["status"] == status
