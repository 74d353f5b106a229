"""One Idempotency-Key whose first request never came to its end: one order and one answer all the same."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

from src.models.orders import Order
from tests.factories.clock import MovableClock
from tests.factories.races import at_once, results
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.fault.failpoints import CLOSED_CONNECTION, OUT_OF_TIME, failing
from tests.fault.keyed_orders import Sku, assert_one_order, is_replay, keyed, orders_placed, records

LEASE = timedelta(seconds=60)


def test_a_running_request_is_waited_for_and_then_refused(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    data_of(keyed(buyer, sku), 201)
    records().update_one({}, {"$set": {"done": False}, "$unset": {"http_status": "", "body": ""}})

    answer = keyed(buyer, sku)

    refused(answer, 40905)
    assert answer.headers["Retry-After"] == "1"
    assert_one_order(shop, sku)


def test_a_request_whose_process_died_before_its_work_runs_again(
    shop: Shop, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    # Neither the work nor giving the key back succeeds: what a killed process leaves behind.
    with failing("findAndModify", "delete", failure=OUT_OF_TIME):
        refused(keyed(buyer, sku), 503)
    assert (orders_placed(), records().count_documents({"done": False})) == (0, 1)
    clock.advance(seconds=LEASE.total_seconds())

    assert not is_replay(keyed(buyer, sku))

    assert_one_order(shop, sku)


def test_a_crash_between_commit_and_answer_loses_nothing(
    shop: Shop, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    with failing("update", collection="idempotency_records", failure=CLOSED_CONNECTION):
        refused(keyed(buyer, sku), 503)
    (order,) = Order.collection().find()
    clock.advance(seconds=LEASE.total_seconds())

    answer = keyed(buyer, sku)

    assert (data_of(answer, 201)["id"], is_replay(answer)) == (str(order["_id"]), False)
    assert is_replay(keyed(buyer, sku))
    assert_one_order(shop, sku)


def test_of_many_that_find_a_dead_request_one_runs(shop: Shop, buyer: Buyer, sku: Sku, clock: MovableClock) -> None:
    with failing("update", collection="idempotency_records", failure=CLOSED_CONNECTION):
        refused(keyed(buyer, sku), 503)
    clock.advance(seconds=LEASE.total_seconds())

    answers = results(at_once([partial(keyed, buyer, sku)] * 10))

    assert len({answer.get_data() for answer in answers}) == 1
    assert Counter(is_replay(answer) for answer in answers) == {False: 1, True: 9}
    assert_one_order(shop, sku)
