"""What processes of the shop set out to do with an order of one unit, and what must be true when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from bson import ObjectId

from src.models.connection import database
from src.models.jobs import Job
from src.models.notifications import Notification
from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund
from src.services.orders import shipping_uploads
from src.services.registry import Services
from src.utils.clock import Clock
from tests.factories.jobs import run_jobs, tick
from tests.factories.refunds import asked, decide, refunds_at_wechat, settle
from tests.factories.shipments import SF, parcels_at_wechat, ship
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import fault, letter, paid_at_wechat, states_at_wechat, take_money_after_all
from tests.fault.mortals import Work, cancel, receive, run_job, sweep

Placed = dict[str, Any]


@dataclass(frozen=True)
class Errand:
    """`work` is what a process does; `again` is what others do when it has not come back in time.

    `check` asserts that it was done once. Both `again` and `check` may be called many times.
    """

    work: Work
    again: Callable[[], object]
    check: Callable[[], object]


@dataclass(frozen=True)
class Scene:
    """A shop whose time does not pass: what is to be due is made due."""

    shop: Shop
    services: Services
    buyer: Buyer
    sku: dict[str, Any]

    def sweep(self, name: str, make_due: Callable[[], object], check: Callable[[], object]) -> Errand:
        """Returns the scheduled work of that name, for which an order has something due."""

        def again() -> None:
            make_due()
            tick(self.services, name)

        make_due()
        return Errand(partial(sweep, name), again, check)

    def placed(self) -> Placed:
        """Returns an order that can be paid; its `arguments` say how."""
        order = self.buyer.placed((self.sku, 1))
        return {**order, "arguments": data_of(self.buyer.pay(order["id"]), 200)}

    def ended(self, order: Placed, at_wechat: str, *history: str) -> None:
        stored = Order.objects.get(order_no=order["orderNo"])
        assert tuple(change.target.value for change in stored.history) == ("pending", *history)
        assert states_at_wechat(self.shop)[order["orderNo"]] == at_wechat
        assert Payment.objects.get(out_trade_no=order["orderNo"]).live is False

    def one_refund(self, order: Placed, kind: str, status: str) -> None:
        """Asserts that WeChat was asked to pay this order back, once, and that we know how far that is."""
        refund = Refund.objects.get(order_id=ObjectId(order["id"]))
        assert (refund.kind.value, refund.status.value, refund.amount_fen) == (kind, status, 1000)
        of_this_order = [number for number in refunds_at_wechat(self.shop) if number.startswith(refund.refund_no)]
        assert of_this_order == [refund.out_refund_no]


def _make_due(collection: str, query: dict[str, Any], field: str) -> None:
    database()[collection].update_many(query, {"$set": {field: Clock().now()}})


def make_expiry_due(order: Placed) -> None:
    _make_due("orders", {"order_no": order["orderNo"], "status": "pending"}, "expiry_due_at")


def make_question_due(order: Placed) -> None:
    _make_due("payments", {"out_trade_no": order["orderNo"], "live": True}, "query_due_at")


def make_notifications_due() -> None:
    _make_due("wechat_notifications", {"outcome": "stored"}, "due_at")


def make_refund_due(order: Placed) -> None:
    """The minute that WeChat wants between two refunds of a payment is over as well."""
    _make_due("payments", {"out_trade_no": order["orderNo"], "next_refund_at": {"$exists": True}}, "next_refund_at")
    _make_due("refunds", {"order_id": ObjectId(order["id"]), "due_at": {"$exists": True}}, "due_at")


def expiring(scene: Scene) -> Errand:
    """Nobody has paid in time."""
    order = scene.placed()
    check = partial(scene.ended, order, "CLOSED", "cancelled")
    return scene.sweep("expire_orders", partial(make_expiry_due, order), check)


def expiring_though_paid(scene: Scene) -> Errand:
    """It was paid in time, and nobody has told us."""
    order = paid_at_wechat(scene.buyer, (scene.sku, 1))
    check = partial(scene.ended, order, "SUCCESS", "paid")
    return scene.sweep("expire_orders", partial(make_expiry_due, order), check)


def asking(scene: Scene) -> Errand:
    """The callback does not come."""
    order = paid_at_wechat(scene.buyer, (scene.sku, 1))
    check = partial(scene.ended, order, "SUCCESS", "paid")
    return scene.sweep("query_payments", partial(make_question_due, order), check)


def applying_what_was_stored(scene: Scene) -> Errand:
    """The callback came before its payment could be found."""
    order = paid_at_wechat(scene.buyer, (scene.sku, 1))
    payment = database()["payments"].find_one_and_delete({"out_trade_no": order["orderNo"]})
    assert payment is not None
    assert scene.shop.deliver(order["orderNo"])[0]["status"] == 404
    database()["payments"].insert_one(payment)
    check = partial(scene.ended, order, "SUCCESS", "paid")
    return scene.sweep("apply_notifications", make_notifications_due, check)


def told_of_money_too_late(scene: Scene) -> Errand:
    """Money comes for an order that its shopper has cancelled."""
    order = scene.placed()
    data_of(scene.buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    take_money_after_all(scene.buyer, order["orderNo"], order["arguments"])
    headers, body = letter(scene.shop, order["orderNo"])

    def again() -> None:
        assert scene.shop.deliver(order["orderNo"])[0]["status"] == 200
        make_refund_due(order)
        tick(scene.services, "drive_refunds")

    def check() -> None:
        scene.ended(order, "REFUND", "cancelled")
        assert Notification.objects(outcome="stored").count() == 0
        scene.one_refund(order, "surplus", "processing")

    return Errand(partial(receive, headers, body), again, check)


def cancelling_what_was_paid(scene: Scene) -> Errand:
    """The shopper wants the money back before anything was sent."""
    order = scene.shop.paid_order(scene.buyer, (scene.sku, 1))

    def again() -> None:
        answer = scene.buyer.post(f"/api/orders/{order['id']}/cancel")
        assert answer.status_code in (200, 409)  # cancelled now, or before
        make_refund_due(order)
        tick(scene.services, "drive_refunds")

    def check() -> None:
        scene.ended(order, "REFUND", "paid", "cancelled")
        scene.one_refund(order, "cancellation", "processing")

    return Errand(partial(cancel, scene.shop.store_id, scene.buyer.id, ObjectId(order["id"])), again, check)


def sending_a_refund(scene: Scene) -> Errand:
    """WeChat has not heard of the refund yet."""
    order = scene.shop.paid_order(scene.buyer, (scene.sku, 1))
    fault(scene.shop, "refund", "reset_before")
    decide(scene.shop, asked(scene.buyer, order, (scene.sku, 1)), "approve")
    check = partial(scene.one_refund, order, "after_sale", "processing")
    return scene.sweep("drive_refunds", partial(make_refund_due, order), check)


def learning_that_money_is_back(scene: Scene) -> Errand:
    """WeChat has paid the refund, and nobody has told us."""
    order = scene.shop.paid_order(scene.buyer, (scene.sku, 1))
    settle(scene.shop, decide(scene.shop, asked(scene.buyer, order, (scene.sku, 1)), "approve")["outRefundNo"])

    def check() -> None:
        scene.one_refund(order, "after_sale", "succeeded")
        assert Order.objects.get(order_no=order["orderNo"]).refunded_amount == 1000

    return scene.sweep("drive_refunds", partial(make_refund_due, order), check)


def telling_wechat_of_a_parcel(scene: Scene) -> Errand:
    """A job: its worker holds it by a lease."""
    order = scene.shop.paid_order(scene.buyer, (scene.sku, 1))
    ship(scene.shop, order["id"])
    tick(scene.services, "dispatch_events")
    job = Job.find_document({"kind": shipping_uploads.KIND, "payload.orderId": order["id"]})
    assert job is not None

    def again() -> None:
        Job.collection().update_one({"_id": job.id, "state": "running"}, {"$set": {"due_at": Clock().now()}})
        run_jobs(scene.services)

    def check() -> None:
        uploads = parcels_at_wechat(scene.shop, order["orderNo"])
        assert uploads == [[(SF["company"], SF["trackingNo"])]]
        assert Order.objects.get(order_no=order["orderNo"]).wechat_shipping.status.value == "uploaded"
        assert Job.collection().find_one({"_id": job.id}, {"_id": 0, "state": 1}) == {"state": "succeeded"}

    return Errand(partial(run_job, job.id), again, check)
