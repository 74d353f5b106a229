"""Subscribe messages as a test sets them up, grants and reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from src.models.jobs import Job
from src.models.message_grants import MessageGrant
from src.services.messages.subscribe_messages import KIND
from src.services.registry import Services
from src.utils.job_states import JobState
from tests.factories.clock import MovableClock
from tests.factories.jobs import jobs_of, run_jobs, tick
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import Sku, ledger

PAID, SHIPPED, REFUNDED = "template-paid", "template-shipped", "template-refunded"
TEMPLATES: dict[str, Any] = {
    "order_paid": {
        "template_id": PAID,
        "page": "pages/order/index?id={orderId}",
        "fields": {
            "character_string1": "orderNo",
            "thing2": "productName",
            "amount3": "totalAmount",
            "time4": "paidAt",
            "phrase5": "status",
            "number6": "quantity",
            "thing7": "=感谢您的光临",
        },
    },
    "order_shipped": {
        "template_id": SHIPPED,
        "page": "",
        "fields": {"thing1": "company", "character_string2": "trackingNo", "date3": "shippedAt"},
    },
    "refund_succeeded": {
        "template_id": REFUNDED,
        "page": "",
        "fields": {"amount1": "refundAmount", "character_string2": "refundNo", "time3": "refundedAt"},
    },
}


def use_templates(shop: Shop, templates: dict[str, Any] = TEMPLATES) -> None:
    shop.configure(message_templates=templates)


def accept(buyer: Buyer, template_id: str, *, times: int = 1) -> None:
    """The shopper accepts in WeChat, and the mini-program tells us so."""
    for _ in range(times):
        body = {"appid": buyer.shop.appid, "templateId": template_id, "result": "accept"}
        buyer.shop.control(f"users/{buyer.wechat_user}/subscribe", body)
        tell(buyer, {template_id: "accept"})


def tell(buyer: Buyer, results: dict[str, str]) -> dict[str, int]:
    """Returns how many messages of each template the shopper takes after telling us `results`."""
    return _left(data_of(buyer.post("/api/subscriptions", {"results": results}), 200))


def left(buyer: Buyer) -> dict[str, int]:
    return _left(data_of(buyer.get("/api/subscriptions/templates"), 200))


def granted(buyer: Buyer, template_id: str) -> int:
    """Returns what `left` tells, whether the shopper is still logged in or not."""
    return MessageGrant.left_by_template(buyer.shop.store_id, ObjectId(buyer.id)).get(template_id, 0)


def sent(shop: Shop) -> list[dict[str, Any]]:
    """Returns the messages that WeChat has sent for this shop, the oldest first."""
    return [message for message in ledger(shop)["subscribeMessages"] if message["appid"] == shop.appid]


def walk_subscriptions(buyer: Buyer) -> None:
    """Calls every operation of subscribe messages."""
    use_templates(buyer.shop)
    accept(buyer, PAID)
    assert left(buyer)[PAID] == 1


@dataclass
class Till:
    """A shop with message templates, a shopper, and a worker that works when told to."""

    shop: Shop
    buyer: Buyer
    sku: Sku
    services: Services
    clock: MovableClock

    def sell(self, quantity: int = 1) -> dict[str, Any]:
        """Returns an order that was paid."""
        return self.shop.paid_order(self.buyer, (self.sku, quantity))

    def work(self) -> None:
        run_jobs(self.services)

    def try_once(self) -> Job:
        """Returns the message's job after one attempt."""
        tick(self.services, "dispatch_events")
        self.services.jobs.running.run(the_message_job().id)
        return the_message_job()


def the_message_job() -> Job:
    (job,) = jobs_of(KIND)
    return job


def end_of(job: Job) -> tuple[JobState, dict[str, Any], str]:
    return job.state, dict(job.result), job.reason


def _left(answer: dict[str, Any]) -> dict[str, int]:
    return {one["templateId"]: one["left"] for one in answer["list"]}
