"""What the audit log says of each kind of write, and what leaves no entry."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from src.models.audit_log import AuditLogEntry
from src.models.jobs import Job
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.refunds import PARCEL, asked, plan, settle, shipped_order
from tests.factories.shop import Shop, data_of, refused
from tests.factories.text_reviews import DOUBTFUL, decide, rename
from tests.factories.webhooks import NOWHERE, add_webhook, ping, rotate
from tests.factories.webhooks import PATH as WEBHOOKS

Changes = dict[str, tuple[Any, Any]]


def told(action: str) -> list[Changes]:
    """Returns the changes of the entries of that action, the oldest first."""
    return [changes_of(entry) for entry in AuditLogEntry.objects(action=action).order_by("id")]


def changes_of(entry: AuditLogEntry) -> Changes:
    return {change["field"]: (change["before"], change["after"]) for change in entry.changes}


def test_shipping_and_its_correction(shop: Shop) -> None:
    order = shipped_order(shop.buyer(), (shop.sku(), 1))
    corrected = {"company": "YTO", "trackingNo": "YT1234567890"}
    data_of(shop.staff().put(f"/api/orders/{order['id']}/shipment", {"parcels": [corrected]}), 200)
    assert told("order.ship") == [{"status": ("paid", "shipped"), "parcels": ([], [PARCEL])}]
    assert told("order.correct_shipment") == [{"parcels": ([PARCEL], [corrected])}]
    with nothing_changes():
        refused(shop.staff().post(f"/api/orders/{order['id']}/ship", PARCEL), 40902)


def test_a_refund_from_its_approval_to_its_end(shop: Shop) -> None:
    plan(shop)
    buyer, sku = shop.buyer(), shop.sku()
    refund = asked(buyer, shipped_order(buyer, (sku, 1)), (sku, 1))
    path, staff = f"/api/merchant/refunds/{refund['id']}", shop.staff()
    data_of(staff.post(f"{path}/approve", {"amount": 600}), 200)
    received = data_of(staff.post(f"{path}/receive", {"restock": True}), 200)
    settle(shop, received["outRefundNo"], "ABNORMAL")
    data_of(staff.post(f"{path}/retry"), 200)
    data_of(staff.post(f"{path}/settle-outside", {"note": "已转账"}), 200)
    assert told("refund.approve") == [{"status": ("requested", "awaiting_return"), "amount": (1000, 600)}]
    assert told("refund.receive") == [{"status": ("awaiting_return", "processing"), "restocked": (False, True)}]
    assert told("refund.retry") == [{"status": ("abnormal", "processing")}]
    assert told("refund.settle_outside") == [{"status": ("abnormal", "succeeded"), "note": (None, "已转账")}]
    with nothing_changes():
        refused(staff.post(f"{path}/reject", {"reason": "迟了"}), 40911)


def test_a_refused_refund(shop: Shop) -> None:
    buyer, sku = shop.buyer(), shop.sku()
    refund = asked(buyer, shop.paid_order(buyer, (sku, 1)), (sku, 1))
    reject = partial(shop.staff().post, f"/api/merchant/refunds/{refund['id']}/reject", {"reason": "商品已使用"})
    statuses = sorted(answer.status_code for answer in results(at_once([reject] * 3)))
    assert statuses == [200, 409, 409]
    assert told("refund.reject") == [{"status": ("requested", "rejected"), "rejectReason": ("", "商品已使用")}]


@pytest.mark.parametrize(("what", "status"), [("approve", "approved"), ("reject", "rejected")])
def test_a_decision_about_a_text_without_the_text(shop: Shop, what: str, status: str) -> None:
    rename(shop.buyer(), DOUBTFUL)
    data_of(decide(shop, what), 200)
    with nothing_changes():
        refused(decide(shop, what), 40913)
    assert told("text.decide") == [{"status": ("pending", status)}]


def test_a_job_that_two_retry(shop: Shop) -> None:
    ping(shop, add_webhook(shop)["id"])
    (job,) = Job.objects
    job.update(set__state="failed", set__reason="HTTP 503")
    retry = partial(shop.staff().post, f"/api/jobs/{job.id}/retry")
    assert sorted(answer.status_code for answer in results(at_once([retry] * 3))) == [200, 409, 409]
    assert told("job.retry") == [{"state": ("failed", "waiting"), "reason": ("HTTP 503", "")}]


def test_a_webhook_without_what_is_secret_in_it(shop: Shop) -> None:
    webhook = add_webhook(shop, f"{NOWHERE}/t0ken?key=s3cret", ["order.*"], description="ERP")
    path, owner = f"{WEBHOOKS}/{webhook['id']}", shop.staff()
    data_of(owner.put(path, {"url": f"{NOWHERE}/t0ken?key=s3cret2", "isActive": False}), 200)
    secret = rotate(shop, webhook["id"])
    sent = ping(shop, webhook["id"])
    data_of(owner.delete(path), 200)
    shown = "http://127.0.0.1:9/…"
    fields = {"events": ["order.*"], "description": "ERP"}
    assert told("webhook.create") == [
        {"url": (None, shown), "isActive": (None, True)} | {name: (None, value) for name, value in fields.items()}
    ]
    assert told("webhook.edit") == [{"url": (shown, shown), "isActive": (True, False)}]
    assert told("webhook.rotate_secret") == [{}]
    assert told("webhook.ping") == [{"deliveryId": (None, sent["id"])}]
    assert told("webhook.delete") == [
        {"url": (shown, None), "isActive": (False, None)} | {name: (value, None) for name, value in fields.items()}
    ]
    entries = str([entry.to_mongo().to_dict() for entry in AuditLogEntry.objects])
    assert [text for text in (webhook["secret"], secret, "t0ken", "s3cret") if text in entries] == []
    with nothing_changes():
        refused(owner.delete(path), 404)


def test_an_edit_of_a_webhook_that_changes_nothing(shop: Shop) -> None:
    webhook = add_webhook(shop, description="ERP")
    same = {name: webhook[name] for name in ("url", "events", "description", "isActive")}
    path = f"{WEBHOOKS}/{webhook['id']}"
    with nothing_changes():
        data_of(shop.staff().put(path, same), 200)
        refused(shop.staff().put(path, {}), 400)
    edit = partial(shop.staff().put, path, {**same, "description": "新 ERP"})
    assert {answer.status_code for answer in results(at_once([edit] * 3))} == {200}
    assert told("webhook.edit") == [{"description": ("ERP", "新 ERP")}]


def test_stock_that_is_not_what_was_expected(shop: Shop) -> None:
    sku, staff = shop.sku(stock=10), shop.staff()
    body = {"delta": 5, "reason": "到货", "expected": 10}
    adjust = partial(staff.post, f"/api/merchant/skus/{sku['skuId']}/stock", body)
    assert sorted(answer.status_code for answer in results(at_once([adjust] * 3))) == [200, 409, 409]
    assert told("stock.adjust") == [{"available": (10, 15), "reason": (None, "到货")}]
