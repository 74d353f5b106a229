"""The audit finds what it looks for: each check goes red when one document is corrupted, and no other does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from click.testing import Result
from flask import Flask

from ecosystem.sandbox.server import RunningSandbox
from src.models.connection import database
from src.models.indexes import DOCUMENTS
from src.services.audit.auditing import AuditReport
from src.services.audit.checks import NATURES
from src.services.audit.results import SHOWN
from src.services.registry import Services
from tests.factories.audited_shop import Corrupt, changed, deleted, doubled, fill_books, restore
from tests.factories.clock import MovableClock
from tests.factories.contents import Contents, contents
from tests.factories.shop import Shop

NOBODY = ObjectId("0" * 24)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
LATELY = datetime.now(UTC) - timedelta(minutes=16)

PENDING = {"status": "pending", "note": ""}
COMPLETED = {"status": "completed"}
SHIPPED = {"status": "shipped"}
REVIVED = {"status": "paid", "history.reason": "late_payment"}
BACK = {"kind": "after_sale", "status": "succeeded"}

_Corruption = tuple[str, Corrupt] | tuple[str, Corrupt, set[str]]

STOCK: list[_Corruption] = []


@pytest.fixture(scope="module")
def books(
    app: Flask, running_wechat: RunningSandbox, session_services: Services, movable_clock: MovableClock
) -> Contents:
    """Everything in the database of a shop in which everything has happened."""
    for document in DOCUMENTS:
        database()[document._get_collection_name()].delete_many({})
    shop = Shop.open(app, running_wechat, running_wechat.credentials, code="main", is_default=True)
    fill_books(shop, session_services, movable_clock)
    movable_clock.reset()
    return contents()


@pytest.fixture
def audited(books: Contents, session_services: Services) -> Iterator[Services]:
    restore(books)
    yield session_services
    restore(books)


def red(report: AuditReport) -> dict[str, list[str]]:
    return {result.name: result.shown for result in report.results if result.count}


def test_honest_books_balance(audited: Services) -> None:
    assert red(audited.audit.run()) == {}
