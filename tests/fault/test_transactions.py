"""What a transaction does about conflicts, duplicates and lost answers; each effect happens once or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from pymongo.errors import PyMongoError

from src.models.connection import client, database, deadline
from src.models.events import Event
from src.models.transaction import AlreadyStored, Session, Transactions
from tests.factories.shop import Shop
from tests.fault.failpoints import CLOSED_CONNECTION, UNACKNOWLEDGED, WRITE_CONFLICT, failing, slow

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
    with failing("insert", collection="events", times=conflicts, failure=WRITE_CONFLICT):
        answer = transactions.run(work)

    assert (answer, work.effects) == (f"run {conflicts + 1}", [1, 2])


def test_a_conflict_at_the_commit_runs_the_work_again(work: Work, transactions: Transactions) -> None:
    with failing("commitTransaction", times=2, failure=WRITE_CONFLICT):
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
    assert database()["events"].count_documents({"_id": rival, "seq": 11}) == 1


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("failure", [CLOSED_CONNECTION, UNACKNOWLEDGED], ids=["closed", "unacknowledged"])
def test_a_commit_of_unknown_outcome_is_sent_again_and_the_work_is_not_run_again(
    work: Work, transactions: Transactions, failure: dict[str, Any], times: int
) -> None:
    with failing("commitTransaction", times=times, failure=failure):
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

    with failing("insert", collection="events", failure=WRITE_CONFLICT), pytest.raises(PyMongoError) as raised:
        Transactions(timeout_s=1).run(work)

    assert (time.monotonic() - begun < 3, raised.value.timeout, work.effects) == (True, True, [])
    assert work.runs > 3


def test_a_caller_out_of_time_lets_go_of_what_it_had_changed(work: Work, transactions: Transactions) -> None:
    """The caller's own deadline is over as well: none of it is left for taking the transaction back."""
    event(work.aggregate_id, 0).insert(session=None)

    def change_and_insert(session: Session) -> None:
        Event.collection().update_one({"aggregate_id": work.aggregate_id}, {"$inc": {"seq": 10}}, session=session)
        work(session)

    with failing("insert", collection="events", failure=slow(1_500)), deadline(0.5), pytest.raises(PyMongoError):
        transactions.run(change_and_insert)

    begun = time.monotonic()
    Event.collection().update_one({"aggregate_id": work.aggregate_id}, {"$set": {"type": "changed"}})
    assert time.monotonic() - begun < 3
    assert work.effects == [0]
