"""`flask audit`: what it prints, and what its status says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bson import ObjectId
from click.testing import Result
from flask import Flask

from src.models.connection import database
from src.services.audit.checks import NATURES
from src.services.audit.results import Nature
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.fault.failpoints import CLOSED_CONNECTION, failing
from tests.integration.audit.corruptions import PENDING, PREPARED, REVIVED, changed

TRUTHS, ALL = len(NATURES[Nature.TRUTH]), sum(len(checks) for checks in NATURES.values())
Audit = Callable[..., Result]


@pytest.fixture
def audit(app: Flask, audited: Services) -> Audit:
    """Runs the command over the shop in which everything has happened."""
    return lambda *options: app.test_cli_runner().invoke(args=["audit", *options])


def lines(result: Result) -> list[str]:
    return result.output.splitlines()


def test_honest_books(audit: Audit) -> None:
    with nothing_changes():
        result = audit()
    assert result.exit_code == 0
    assert lines(result)[:ALL] == [
        f"{check.__name__.replace('_', ' ')}: ok" for checks in NATURES.values() for check in checks
    ]
    assert [" ".join(line.split()) for line in lines(result)[ALL:]] == [
        "",
        "yuan received kept asked back on its way refunded held",
        "main 293.00 139.00 56.00 78.00 20.00 0.01",
        "other 10.00 10.00 0.00 0.00 0.00 0.00",
        "",
        "for staff: payments held 1, refunds abnormal 1, jobs failed 1",
        f"{ALL} checks, the books balance",
    ]


def test_what_is_wrong_is_named(audit: Audit) -> None:
    (order,) = database()["orders"].find(PENDING)
    changed("orders", PENDING, {"$inc": {"items.0.amount": 1}})()
    result = audit()
    assert result.exit_code == 1
    at = lines(result).index("totals add up: 1")
    assert lines(result)[at + 1] == f"  order {order['_id']} costs 1000 for [1001] and 0 of freight"
    assert lines(result)[-1] == f"1 findings in 1 of {ALL} checks"


def test_the_first_twenty_are_named_and_all_are_counted(audit: Audit) -> None:
    (payment,) = database()["payments"].find(PREPARED)
    copies = [{**payment, "_id": ObjectId(), "order_id": ObjectId(), "out_trade_no": str(n)} for n in range(23)]
    database()["payments"].insert_many(copies)
    output = lines(audit())
    at = output.index("nothing is orphaned: 23")
    assert all(line.startswith("  payments ") for line in output[at + 1 : at + 21])
    assert output[at + 21] == "  and 3 more"


def test_one_store_alone(audit: Audit) -> None:
    changed("orders", REVIVED, {"$inc": {"total_amount": 1}})()
    healthy = audit("--store", "other")
    assert healthy.exit_code == 0
    assert "main" not in healthy.output
    assert audit("--store", "main").exit_code == 1


def test_the_books_of_a_shop_that_stands_still(audit: Audit, clock: MovableClock) -> None:
    clock.advance(days=7)
    assert audit("--books-only").exit_code == 0
    assert lines(audit("--books-only"))[-1] == f"{TRUTHS} checks, the books balance"
    result = audit()
    assert result.exit_code == 1
    assert any(line.startswith("unpaid orders expire: ") and "standing still" in line for line in lines(result))


def test_a_store_that_there_is_not(audit: Audit) -> None:
    result = audit("--store", "nowhere")
    assert (result.exit_code, result.output) == (2, "Error: there is no such store; see flask stores save\n")


def test_a_database_that_cannot_be_read(audit: Audit) -> None:
    with failing("find", failure=CLOSED_CONNECTION):
        result = audit()
    assert result.exit_code == 2
    (line,) = lines(result)
    assert line.startswith("Error: the database cannot be read: ")
