"""What a transaction does about conflicts, duplicates and lost answers; each effect happens once or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from pymongo.errors import PyMongoError
from werkzeug.test import TestResponse

from src.models.connection import client, database
from src.models.events import Event
from src.models.orders import Order
from src.models.transaction import AlreadyStored, Session, Transactions
from tests.factories.books import assert_books_balance
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.fault.everything import everything
from tests.fault.failpoints import CLOSED_CONNECTION, WRITE_CONFLICT, failing

Sku = dict[str, Any]

LOST_ACKNOWLEDGEMENT = {"writeConcernError": {"code": 91, "errmsg": "shutdown in progress"}}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def event(aggregate_id: ObjectId, seq: int) -> Event:
    return Event(store_id=ObjectId(), aggregate="test", aggregate_id=aggregate_id, seq=seq, type="t", occurred_at=NOW)


class Work:
    """Writes two events and counts how often it was asked to."""

    def __init__(self) -> None:
        self.runs = 0
        self.aggregate_id = ObjectId()
        self.between: Callable[[], object] = lambda: None

    def __call__(self, session: Session) -> str:
        self.runs += 1
        event(self.aggregate_id, 1).insert(session=session)
        self.between()
        event(self.aggregate_id, 2).insert(session=session)
        return f"run {self.runs}"

    @property
    def effects(self) -> list[int]:
        return [found.seq for found in Event.objects(aggregate_id=self.aggregate_id).order_by("seq")]


@pytest.fixture
def work(shop: Shop) -> Work:
    return Work()


@pytest.fixture
def transactions(shop: Shop) -> Transactions:
    return Transactions(timeout_s=5)


@pytest.mark.parametrize("conflicts", [1, 2, 3])
def test_a_conflict_runs_the_work_again(work: Work, transactions: Transactions, conflicts: int) -> None:
    with failing("insert", collection="events", times=conflicts, **WRITE_CONFLICT):
        answer = transactions.run(work)

    assert (answer, work.effects) == (f"run {conflicts + 1}", [1, 2])


def test_a_conflict_at_the_commit_runs_the_work_again(work: Work, transactions: Transactions) -> None:
    with failing("commitTransaction", times=2, **WRITE_CONFLICT):
        transactions.run(work)

    assert (work.runs, work.effects) == (3, [1, 2])


def test_a_real_rival_runs_the_work_again(work: Work, transactions: Transactions) -> None:
    rival = ObjectId()
    database()["events"].insert_one({"_id": rival, "aggregate_id": rival, "seq": 0})

    def count(session: Session) -> None:
        database()["events"].find_one({"_id": rival}, session=session)
        if work.runs == 0:
            database()["events"].update_one({"_id": rival}, {"$inc": {"seq": 10}})
        work(session)
        database()["events"].update_one({"_id": rival}, {"$inc": {"seq": 1}}, session=session)

    transactions.run(count)

    assert (work.runs, work.effects) == (2, [1, 2])
    assert database()["events"].find_one({"_id": rival})["seq"] == 11  # type: ignore[index]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("failure", [CLOSED_CONNECTION, LOST_ACKNOWLEDGEMENT], ids=["closed", "unacknowledged"])
def test_a_commit_of_unknown_outcome_is_sent_again_and_the_work_is_not_run_again(
    work: Work, transactions: Transactions, failure: dict[str, Any], times: int
) -> None:
    with failing("commitTransaction", times=times, **failure):
        answer = transactions.run(work)

    assert (answer, work.runs, work.effects) == ("run 1", 1, [1, 2])


def test_a_duplicate_key_ends_the_work_at_once(work: Work, transactions: Transactions) -> None:
    event(work.aggregate_id, 2).insert(session=None)

    with pytest.raises(AlreadyStored):
        transactions.run(work)

    assert (work.runs, work.effects) == (1, [2])


def test_a_duplicate_key_among_many_documents_ends_the_work_at_once(work: Work, transactions: Transactions) -> None:
    event(work.aggregate_id, 2).insert(session=None)

    def insert_all(session: Session) -> None:
        work.runs += 1
        Event.insert_all([event(work.aggregate_id, seq) for seq in (1, 2, 3)], session=session)

    with pytest.raises(AlreadyStored):
        transactions.run(insert_all)

    assert (work.runs, work.effects) == (1, [2])


def test_a_conflict_among_many_documents_runs_the_work_again(work: Work, transactions: Transactions) -> None:
    """A rival has inserted one of them in a transaction that is still open, and takes it back."""
    with client().start_session() as rival:
        rival.start_transaction()
        event(work.aggregate_id, 2).insert(session=rival)

        def insert_all(session: Session) -> None:
            work.runs += 1
            if work.runs == 2:
                rival.abort_transaction()
            Event.insert_all([event(work.aggregate_id, seq) for seq in (1, 2, 3)], session=session)

        transactions.run(insert_all)

    assert (work.runs, work.effects) == (2, [1, 2, 3])


def test_another_error_ends_the_work_and_leaves_nothing(work: Work, transactions: Transactions) -> None:
    def fail() -> None:
        raise LookupError

    work.between = fail

    with pytest.raises(LookupError):
        transactions.run(work)

    assert (work.runs, work.effects) == (1, [])


def test_endless_conflicts_end_in_time(work: Work) -> None:
    begun = time.monotonic()

    with failing("insert", collection="events", **WRITE_CONFLICT), pytest.raises(PyMongoError) as raised:
        Transactions(timeout_s=1).run(work)

    assert (time.monotonic() - begun < 3, raised.value.timeout, work.effects) == (True, True, [])
    assert work.runs > 3


# Through the API


@pytest.fixture
def buyer(shop: Shop) -> Buyer:
    return shop.buyer()


@pytest.fixture
def sku(shop: Shop) -> Sku:
    return shop.sku(stock=10)


@pytest.fixture
def impatient(impatient_shop: Shop, buyer: Buyer) -> Buyer:
    """The same buyer at the app whose transactions have one second."""
    return Buyer(impatient_shop, buyer.headers, buyer.id, wechat_user=buyer.wechat_user)


def keyed(buyer: Buyer, sku: Sku) -> TestResponse:
    return buyer.order((sku, 1), Idempotency_Key="key-1")


def assert_one_order(shop: Shop, sku: Sku) -> None:
    assert Order.collection().count_documents({}) == 1
    assert shop.stock_of(sku) == 9
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize(
    ("command", "collection"),
    [("findAndModify", "stock_items"), ("insert", "orders"), ("insert", "stock_moves"), ("insert", "events")],
)
def test_a_conflict_anywhere_in_an_order_is_not_seen(
    shop: Shop, buyer: Buyer, sku: Sku, command: str, collection: str
) -> None:
    with failing(command, collection=collection, times=1, **WRITE_CONFLICT):
        data_of(buyer.order((sku, 1)), 201)

    assert_one_order(shop, sku)


@pytest.mark.parametrize("failure", [CLOSED_CONNECTION, LOST_ACKNOWLEDGEMENT], ids=["closed", "unacknowledged"])
def test_a_lost_answer_of_the_commit_is_not_seen(shop: Shop, buyer: Buyer, sku: Sku, failure: dict[str, Any]) -> None:
    with failing("commitTransaction", times=1, **failure):
        data_of(buyer.order((sku, 1)), 201)

    assert_one_order(shop, sku)


def test_endless_conflicts_are_a_503_and_change_nothing(shop: Shop, impatient: Buyer, sku: Sku) -> None:
    before, begun = everything(), time.monotonic()

    with failing("findAndModify", collection="stock_items", **WRITE_CONFLICT):
        answer = impatient.order((sku, 1))

    refused(answer, 503)
    assert answer.headers["Retry-After"] == "1"
    assert time.monotonic() - begun < 3
    assert everything() == before


@pytest.mark.parametrize("failure", [CLOSED_CONNECTION, LOST_ACKNOWLEDGEMENT], ids=["closed", "unacknowledged"])
def test_an_outcome_that_stays_unknown_is_settled_by_the_same_key(
    shop: Shop, buyer: Buyer, impatient: Buyer, sku: Sku, failure: dict[str, Any]
) -> None:
    with failing("commitTransaction", **failure):
        refused(keyed(impatient, sku), 503)

    data_of(keyed(buyer, sku), 201)

    assert_one_order(shop, sku)


def test_a_stuck_transaction_does_not_hold_other_buyers_up(
    shop: Shop, buyer: Buyer, impatient: Buyer, sku: Sku
) -> None:
    with client().start_session() as stuck, stuck.start_transaction():
        database()["stock_items"].update_one({}, {"$set": {"updated_at": NOW}}, session=stuck)
        before, begun = everything(), time.monotonic()

        refused(impatient.order((sku, 1)), 503)

        assert time.monotonic() - begun < 3
        assert everything() == before

    data_of(buyer.order((sku, 1)), 201)
    assert_one_order(shop, sku)


def test_a_transaction_that_ran_out_of_time_does_not_hold_the_stock(
    shop: Shop, buyer: Buyer, impatient: Buyer, sku: Sku
) -> None:
    """The server is slow after the stock was taken: nobody is left to give it back but the server itself."""
    with failing("insert", collection="orders", blockConnection=True, blockTimeMS=1_500):
        refused(impatient.order((sku, 1)), 503)
    begun = time.monotonic()

    data_of(buyer.order((sku, 1)), 201)

    assert time.monotonic() - begun < 3
    assert_one_order(shop, sku)
