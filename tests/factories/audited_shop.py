"""A shop with documents in every state that an audit looks at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import bson

from src.models.connection import database
from src.models.indexes import ensure_indexes, missing_indexes
from src.models.store_days import StoreDay
from src.services.registry import Services
from src.utils.beijing import BEIJING, beijing_day
from tests.factories.bills import bend, reconcile
from tests.factories.clock import MovableClock
from tests.factories.contents import Contents, contents
from tests.factories.freight import charge
from tests.factories.jobs import run_jobs, tick
from tests.factories.refunds import PARCEL, asked, decide, plan, settle, shipped_order, tell
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import paid_at_wechat, pass_time, take_money_after_all

Document = dict[str, Any]


def fill_books(shop: Shop, services: Services, clock: MovableClock) -> None:
    """Makes orders, payments, refunds, jobs and notifications of every status, in two stores."""
    shop.control("notifications/suspend")
    plan(shop)
    buyer = shop.buyer()
    _late_money(shop, services, clock, buyer)
    _goods(shop, buyer)
    _refunds_of_shipped_goods(shop, buyer)
    _refunds_at_wechat(shop, services, clock, buyer)
    _money_to_be_returned(shop, services, buyer)
    _orders_with_freight(shop, buyer)
    _a_day_that_differs(shop)
    run_jobs(services)
    services.jobs.scheduling.run("dispatch_events")
    other = shop.open_another("other")
    other.paid_order(other.buyer(), (other.sku(), 1))


def _late_money(shop: Shop, services: Services, clock: MovableClock, buyer: Buyer) -> None:
    """One order expires and comes back with its money, another one stays closed."""
    orders = [{**order, "arguments": data_of(buyer.pay(order["id"]), 200)} for order in _placed(shop, buyer, 2)]
    pass_time(shop, clock, 31 * 60)
    assert services.closing.expire_due(limit=10).cancelled == 2
    take_money_after_all(buyer, orders[0]["orderNo"], orders[0]["arguments"])
    shop.deliver(orders[0]["orderNo"])
    buyer.log_in_again()


def _placed(shop: Shop, buyer: Buyer, count: int) -> list[Document]:
    return [buyer.placed((shop.sku(), 1)) for _ in range(count)]


def _goods(shop: Shop, buyer: Buyer) -> None:
    """A product that is partly sold out, and orders that wait, end early, cost nothing, or go all the way."""
    skus = [{"price": 500, "stock": 8, "specs": {"装": "罐"}}, {"price": 300, "stock": 0, "specs": {"装": "袋"}}]
    product = shop.product(name="白毫银针", skus=skus)
    tin = {"productId": product["id"], "skuId": product["skus"][0]["id"]}
    data_of(shop.staff().post(f"/api/merchant/skus/{tin['skuId']}/stock", {"delta": 5, "reason": "到货"}), 200)
    waiting = data_of(buyer.order((tin, 2), Idempotency_Key="once"), 201)
    data_of(buyer.pay(waiting["id"]), 200)
    (cancelled,) = _placed(shop, buyer, 1)
    data_of(buyer.pay(cancelled["id"]), 200)
    data_of(buyer.post(f"/api/orders/{cancelled['id']}/cancel"), 200)
    data_of(buyer.post(f"/api/orders/{shipped_order(buyer, (tin, 7))['id']}/confirm"), 200)
    free = buyer.placed((shop.sku(price=0), 1))
    assert data_of(buyer.pay(free["id"]), 200)["paid"]


def _refunds_of_shipped_goods(shop: Shop, buyer: Buyer) -> None:
    sku = shop.sku()
    order = shipped_order(buyer, (sku, 6))
    refunds = [asked(buyer, order, (sku, 1)) for _ in range(5)]
    data_of(buyer.post(f"/api/refunds/{refunds[1]['id']}/withdraw"), 200)
    decide(shop, refunds[2], "reject", {"reason": "商品已使用"})
    for refund in refunds[3:]:
        decide(shop, refund, "approve")
    data_of(buyer.post(f"/api/refunds/{refunds[4]['id']}/return", PARCEL), 200)


def _refunds_at_wechat(shop: Shop, services: Services, clock: MovableClock, buyer: Buyer) -> None:
    sku = shop.sku()
    orders = [shipped_order(buyer, (sku, 2)) for _ in range(4)]
    refunds = [asked(buyer, order, (sku, 2)) for order in orders]
    for refund in refunds[:2]:
        decide(shop, refund, "approve")
    succeeded, abnormal = (decide(shop, refund, "receive", {"restock": True}) for refund in refunds[:2])
    granted = {"amount": 100, "returnGoods": False}
    processing, closed = (decide(shop, refund, "approve", granted) for refund in refunds[2:])
    assert processing["status"] == "processing"
    for refund, outcome in ((succeeded, "SUCCESS"), (abnormal, "ABNORMAL"), (closed, "CLOSED")):
        settle(shop, refund["outRefundNo"], outcome)
        tell(shop, refund["outRefundNo"])
    pass_time(shop, clock, 61)
    tick(services, "drive_refunds")
    buyer.log_in_again()


def _money_to_be_returned(shop: Shop, services: Services, buyer: Buyer) -> None:
    """A paid order is cancelled, another one in two parts, money comes after the end, and money is not what it was."""
    cancelled = shop.paid_order(buyer, (shop.sku(), 2))
    data_of(buyer.post(f"/api/orders/{cancelled['id']}/cancel"), 200)
    sku = shop.sku()
    partly = shop.paid_order(buyer, (sku, 2))
    decide(shop, asked(buyer, partly, (sku, 1)), "approve")
    (late,) = _placed(shop, buyer, 1)
    arguments = data_of(buyer.pay(late["id"]), 200)
    data_of(buyer.post(f"/api/orders/{late['id']}/cancel"), 200)
    take_money_after_all(buyer, late["orderNo"], arguments)
    shop.deliver(late["orderNo"])
    tick(services, "drive_refunds")
    wrong = paid_at_wechat(buyer, (shop.sku(), 1))
    shop.deliver(wrong["orderNo"], overrides={"amount_total": 1})


def _orders_with_freight(shop: Shop, buyer: Buyer) -> None:
    """One is asked back as a whole, one is sent, one is cancelled."""
    charge(shop, 600)
    sku = shop.sku()
    asked(buyer, shop.paid_order(buyer, (sku, 2)), (sku, 2))
    shipped_order(buyer, (sku, 1))
    cancelled = shop.paid_order(buyer, (sku, 1))
    data_of(buyer.post(f"/api/orders/{cancelled['id']}/cancel"), 200)


def _a_day_that_differs(shop: Shop) -> None:
    yesterday = beijing_day(datetime.now(BEIJING)) - timedelta(days=1)
    bend(shop, yesterday, extra=[{"outTradeNo": "20261120000000NOBODYSMONEY", "amount": 1}])
    assert reconcile(shop, "--date", yesterday.isoformat()).exit_code == 1


def restore(documents: Contents) -> None:
    """Makes the database hold these documents and all indexes, and no counts of calls."""
    StoreDay.collection().delete_many({})
    for name, rows in contents().items():
        if _bytes(rows) != _bytes(documents[name]):
            database()[name].delete_many({})
            if documents[name]:
                database()[name].insert_many(documents[name])
    if missing_indexes():
        ensure_indexes()


def _bytes(rows: list[Document]) -> bytes:
    """Returns what tells 1 and 1.0 apart."""
    return bson.encode({"rows": rows})
