"""The audit of honest books, what of it counts, and that nothing goes unchecked."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from src.models.connection import database
from src.models.stores import Store
from src.services.audit.auditing import ForStaff, Money
from src.services.audit.checks import NATURES
from src.services.audit.results import SHOWN, Nature
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.integration.audit import (
    test_orders,
    test_outbox_and_inbox,
    test_payments,
    test_references,
    test_refunds,
    test_stock,
)
from tests.integration.audit.corruptions import NOBODY, PENDING, changed
from tests.integration.audit.reports import red

CORRUPTED = (test_orders, test_outbox_and_inbox, test_payments, test_references, test_refunds, test_stock)


def test_honest_books_balance(audited: Services) -> None:
    with nothing_changes():
        report = audited.audit.run()
    assert red(report) == {}
    assert [result.name for result in report.results] == [
        check.__name__ for checks in NATURES.values() for check in checks
    ]
    assert report.money == {
        "main": Money(received=29_300, kept=13_900, asked_back=5_600, on_its_way=7_800, refunded=2_000, held=1),
        "other": Money(received=1_000, kept=1_000),
    }
    assert all(money.adds_up for money in report.money.values())
    assert report.for_staff == ForStaff(payments_held=1, refunds_abnormal=1, jobs_failed=1)


def test_each_check_has_a_corruption() -> None:
    corrupted = {check for module in CORRUPTED for check, *_ in module.CORRUPTIONS}
    assert corrupted == {check.__name__ for checks in NATURES.values() for check in checks}


def test_a_check_that_never_finds_anything_alone_follows_from_others() -> None:
    """These are asked all the same: a fault in one of the others must not hide what is worst."""
    alone = {check for module in CORRUPTED for check, _, also in module.CORRUPTIONS if not also}
    assert {check.__name__ for checks in NATURES.values() for check in checks} - alone == {
        "all_received_is_somewhere",  # if the counters equal the ledger
        "all_money_is_somewhere",  # if each payment is for its order or its surplus, and orders hold what refunds ask
        "surplus_money_goes_back_once",  # if all money is somewhere
        "numbers_are_unique",  # if the indexes are as declared
    }


def test_one_store_is_audited_without_the_others(audited: Services) -> None:
    main, other = Store.objects.order_by("id")
    changed("orders", PENDING, {"$set": {"items.0.price": 1}})()
    database()["staff"].update_many({"store_id": main.id}, {"$set": {"store_id": NOBODY}})
    assert red(audited.audit.run(other.id)) == {}
    assert set(red(audited.audit.run(main.id))) == {"totals_add_up", "references_stay_in_their_store"}
    assert list(audited.audit.run(other.id).money) == ["other"]


def test_the_first_findings_are_shown_and_all_are_counted(audited: Services) -> None:
    (original,) = database()["orders"].find(PENDING)
    copies = [{**original, "_id": ObjectId(), "order_no": str(n), "idempotency_key": str(n)} for n in range(30)]
    database()["orders"].insert_many(copies)
    (attempts,) = [r for r in audited.audit.run().results if r.name == "payment_attempts_are_counted"]
    assert (attempts.count, len(attempts.shown)) == (30, SHOWN)


def test_events_past_their_keep_are_not_missed(audited: Services, clock: MovableClock) -> None:
    database()["events"].delete_many({"pending": {"$ne": True}})
    lost = {"order_events_tell_the_history", "refund_events_tell_the_history", "payment_events_are_counted"}
    assert set(red(audited.audit.run())) == lost | {"events_are_counted"}
    clock.advance(days=90, hours=1)
    truths = [result for result in audited.audit.run().results if result.nature is Nature.TRUTH]
    assert [result.name for result in truths if result.count] == []


def test_a_shop_that_stands_still_lies_about_nothing(audited: Services, clock: MovableClock) -> None:
    clock.advance(seconds=timedelta(days=7).total_seconds())
    standing = {result.name: result.nature for result in audited.audit.run().results if result.count}
    assert set(standing.values()) == {Nature.LIVENESS}
    assert {"unpaid_orders_expire", "refunds_are_driven", "events_are_dispatched", "schedules_tick"} <= set(standing)


def test_a_held_order_may_wait(audited: Services) -> None:
    held = database()["payments"].find_one({"held": True})
    assert held is not None
    past = {"$set": {"expires_at": held["created_at"] - timedelta(days=30)}}
    database()["orders"].update_one({"_id": held["order_id"]}, past)
    assert red(audited.audit.run()) == {}
