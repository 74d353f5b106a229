"""A write whose entry cannot be stored has not happened."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.audit_log import AuditLogEntry
from src.models.jobs import Job
from tests.factories.contents import nothing_changes
from tests.factories.refunds import PARCEL, asked
from tests.factories.shop import Buyer, Shop, refused
from tests.factories.text_reviews import DOUBTFUL, rename, reviews
from tests.factories.webhooks import NOWHERE, add_webhook, ping
from tests.fault.failpoints import OUT_OF_TIME, WRITE_CONFLICT, failing

Write = tuple[str, str, Any]


def writes(shop: Shop, buyer: Buyer) -> list[Write]:
    """Returns a write of each service that records what it does, each of which would succeed."""
    sku = shop.sku()
    order = shop.paid_order(buyer, (sku, 1))
    rename(buyer, DOUBTFUL)
    webhook = f"/api/merchant/webhooks/{add_webhook(shop)['id']}"
    ping(shop, webhook.rpartition("/")[2])
    Job.objects.update(set__state="failed")
    refund = asked(buyer, shop.paid_order(buyer, (sku, 1)), (sku, 1))
    return [
        ("POST", f"/api/merchant/skus/{sku['skuId']}/stock", {"delta": 1, "reason": "到货"}),
        ("PUT", f"/api/products/{sku['productId']}", {"name": "龙井"}),
        ("POST", f"/api/orders/{order['id']}/ship", PARCEL),
        ("POST", f"/api/merchant/refunds/{refund['id']}/approve", {}),
        ("POST", f"/api/merchant/text-reviews/{reviews(shop)[0]['id']}/approve", {}),
        ("POST", "/api/merchant/webhooks", {"url": NOWHERE, "events": ["*"]}),
        ("PUT", webhook, {"description": "ERP"}),
        ("POST", f"{webhook}/rotate-secret", {}),
        ("POST", f"{webhook}/ping", {}),
        ("DELETE", webhook, None),
        ("POST", f"/api/jobs/{Job.objects.first().id}/retry", {}),
    ]


def call(shop: Shop, write: Write) -> Any:
    method, path, body = write
    return shop.client.open(path, method=method, json=body, headers=shop.staff().headers)


def test_nothing_happens_without_its_entry(shop: Shop, buyer: Buyer) -> None:
    for write in writes(shop, buyer):
        with nothing_changes(), failing("insert", failure=OUT_OF_TIME, collection="audit_log"):
            refused(call(shop, write), 503)


@pytest.mark.parametrize("times", [1, 3])
def test_a_transaction_that_begins_anew_leaves_one_entry(shop: Shop, buyer: Buyer, times: int) -> None:
    for write in writes(shop, buyer):
        before = AuditLogEntry.objects.count()
        with failing("insert", failure=WRITE_CONFLICT, times=times, collection="audit_log"):
            assert call(shop, write).status_code in (200, 201, 202), write
        assert AuditLogEntry.objects.count() == before + 1, write
