"""An access token that WeChat does not take, not even a new one: nothing was done, so everything is tried again."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.media_checks import MediaCheck
from src.services.moderation import media_checking
from src.services.orders import shipping_uploads
from src.services.registry import Services
from src.utils.job_states import JobState
from tests.factories.clock import MovableClock
from tests.factories.jobs import jobs_of
from tests.factories.refunds import wanted
from tests.factories.shipments import SF, shipped_order, stored
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import calls_of, fault
from tests.fault.shipping.upload_worker import CALL, UploadWorker, told

STALE = [40001, 40014, 42001]


@pytest.fixture
def worker(shop: Shop, services: Services, clock: MovableClock) -> UploadWorker:
    return UploadWorker(shop, services, clock)


@pytest.mark.parametrize("errcode", STALE)
def test_wechat_is_told_of_a_shipment_later(
    shop: Shop, buyer: Buyer, sku: dict[str, Any], worker: UploadWorker, errcode: int
) -> None:
    order = shipped_order(buyer, sku, worker.clock, SF)
    fault(shop, CALL, "errcode", errcode=errcode, times=2)
    assert worker.run() == [JobState.WAITING]
    assert (told(shop, order), calls_of(shop, CALL)) == (("pending", "no_answer", 0), 2)
    assert stored(order["id"]).wechat_shipping.in_doubt is False
    assert worker.run_later() == [JobState.SUCCEEDED]
    assert jobs_of(shipping_uploads.KIND)[0].attempts == 2


@pytest.mark.parametrize("errcode", STALE)
def test_a_picture_is_submitted_later(
    shop: Shop, buyer: Buyer, sku: dict[str, Any], worker: UploadWorker, errcode: int
) -> None:
    order = shop.paid_order(buyer, (sku, 1))
    body = {**wanted((sku, 1)), "images": ["https://example.com/1.png"]}
    data_of(buyer.post(f"/api/orders/{order['id']}/refunds", body), 201)
    fault(shop, "media_check_async", "errcode", errcode=errcode, times=2)
    assert worker.run() == [JobState.WAITING]
    assert MediaCheck.objects.count() == 0
    assert worker.run_later() == [JobState.SUCCEEDED]
    assert (MediaCheck.objects.count(), jobs_of(media_checking.KIND)[0].attempts) == (1, 2)
