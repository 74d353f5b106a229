"""What WeChat may or may not have taken, and corrections on top of it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from src.services.orders import shipping_uploads
from src.utils.job_states import JobState
from tests.factories.books import assert_books_balance
from tests.factories.contents import nothing_changes
from tests.factories.jobs import jobs_of
from tests.factories.races import at_once, results
from tests.factories.shipments import SF, ZTO, correct, parcels_at_wechat, stored
from tests.factories.shop import Shop, refused
from tests.factories.wechat import calls_of, fault
from tests.fault.shipping.upload_worker import CALL, SF_AT_WECHAT, ZTO_AT_WECHAT, UploadWorker, told


def test_an_upload_in_doubt_counts_as_one_that_wechat_has_taken(
    shop: Shop, order: dict[str, Any], worker: UploadWorker
) -> None:
    fault(shop, CALL, "reset_after")
    worker.run()
    correct(shop, order["id"], ZTO)
    assert told(shop, order) == ("pending", "", 1)
    worker.run_later()
    assert told(shop, order) == ("uploaded", "", 2)
    assert parcels_at_wechat(shop, order["orderNo"]) == [SF_AT_WECHAT, ZTO_AT_WECHAT]
    staff = shop.staff()
    with nothing_changes():
        refused(staff.put(f"/api/orders/{order['id']}/shipment", SF), 40912)


def test_a_refusal_does_not_settle_what_an_earlier_try_left_in_doubt(
    shop: Shop, order: dict[str, Any], worker: UploadWorker
) -> None:
    fault(shop, CALL, "reset_after")
    worker.run()
    fault(shop, CALL, "errcode", errcode=-1)
    worker.run_later()
    assert stored(order["id"]).wechat_shipping.uploads_at_most == 1


@pytest.mark.parametrize("errcode", [10060002, 10060003])
def test_when_wechat_takes_no_more_it_is_asked_what_it_has(
    shop: Shop, order: dict[str, Any], worker: UploadWorker, errcode: int
) -> None:
    fault(shop, CALL, "reset_after")
    worker.run()
    fault(shop, CALL, "errcode", errcode=errcode)
    assert worker.run_later() == [JobState.SUCCEEDED]
    assert calls_of(shop, "get_order") == 1
    assert told(shop, order) == ("uploaded", "", 1)


def test_other_parcels_at_wechat_are_no_success(shop: Shop, order: dict[str, Any], worker: UploadWorker) -> None:
    worker.run()
    correct(shop, order["id"], ZTO)
    fault(shop, CALL, "errcode", errcode=10060003)
    assert worker.run_later() == [JobState.FAILED]
    assert told(shop, order) == ("failed", "resend_used_up", 1)


def test_a_question_without_an_answer_is_asked_again(shop: Shop, order: dict[str, Any], worker: UploadWorker) -> None:
    fault(shop, CALL, "reset_after")
    worker.run()
    for endpoint, kind in ((CALL, "errcode"), ("get_order", "bad_gateway")):
        fault(shop, endpoint, kind, errcode=10060003)
    assert worker.run_later() == [JobState.WAITING]
    assert worker.run_later() == [JobState.SUCCEEDED]
    assert told(shop, order) == ("uploaded", "", 1)


def test_each_upload_is_later_than_the_one_before(shop: Shop, order: dict[str, Any], worker: UploadWorker) -> None:
    worker.run()
    first = stored(order["id"]).wechat_shipping.tried_at
    correct(shop, order["id"], ZTO)
    worker.clock.advance(seconds=-3600)
    worker.run_later()
    assert stored(order["id"]).wechat_shipping.tried_at == first + timedelta(milliseconds=1)
    worker.clock.reset()
    assert told(shop, order) == ("uploaded", "", 2)


def test_corrections_at_one_moment_come_one_after_the_other(
    shop: Shop, order: dict[str, Any], worker: UploadWorker
) -> None:
    worker.run()
    staff = shop.staff()
    parcels = [{"company": "ZTO", "trackingNo": f"ZTO{number:04}"} for number in range(8)]
    calls = [partial(staff.put, f"/api/orders/{order['id']}/shipment", parcel) for parcel in parcels]
    codes = [answer.get_json()["code"] for answer in results(at_once(calls))]
    won = codes.count(0)
    assert (won >= 1, set(codes) <= {0, 40902}) == (True, True)
    assert stored(order["id"]).wechat_shipping.revision == 1 + won
    worker.run()
    assert told(shop, order) == ("uploaded", "", 2)
    assert len(parcels_at_wechat(shop, order["orderNo"])) == 2
    assert_books_balance(shop.store_id)


def correct_before_uploading(shop: Shop, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the next upload meet a correction after its parcels were read, and before WeChat has them."""
    original = shipping_uploads.ShippingClient.upload
    waiting = [lambda: correct(shop, order["id"], ZTO)]

    def upload(*args: Any, **kwargs: Any) -> None:
        if waiting:
            waiting.pop()()
        original(*args, **kwargs)

    monkeypatch.setattr(shipping_uploads.ShippingClient, "upload", upload)


def test_a_correction_that_races_the_upload_is_told(
    shop: Shop, order: dict[str, Any], worker: UploadWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    correct_before_uploading(shop, order, monkeypatch)
    assert worker.run() == [JobState.SUCCEEDED] * 2
    assert parcels_at_wechat(shop, order["orderNo"]) == [SF_AT_WECHAT, ZTO_AT_WECHAT]
    assert told(shop, order) == ("uploaded", "", 2)
    assert stored(order["id"]).shipped_parcels[0].company == "ZTO"


@pytest.mark.parametrize("errcode", [-1, 10060004])
def test_what_becomes_of_replaced_parcels_matters_to_nobody(
    shop: Shop, order: dict[str, Any], worker: UploadWorker, monkeypatch: pytest.MonkeyPatch, errcode: int
) -> None:
    correct_before_uploading(shop, order, monkeypatch)
    fault(shop, CALL, "errcode", errcode=errcode)
    assert worker.run() == [JobState.SUCCEEDED] * 2
    assert [job.result for job in jobs_of(shipping_uploads.KIND)] == [{"skipped": "known_or_replaced"}, {"uploaded": 2}]
    assert parcels_at_wechat(shop, order["orderNo"]) == [ZTO_AT_WECHAT]
    assert told(shop, order)[0] == "uploaded"
