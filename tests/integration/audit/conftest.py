"""A shop in which everything has happened is made once; each test corrupts it anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from ecosystem.sandbox.server import RunningSandbox
from src.models.connection import database
from src.models.indexes import DOCUMENTS
from src.services.registry import Services
from tests.factories.audited_shop import fill_books, restore
from tests.factories.clock import MovableClock
from tests.factories.contents import Contents, contents
from tests.factories.shop import Shop


@pytest.fixture(scope="package")
def books(
    app: Flask, running_wechat: RunningSandbox, session_services: Services, movable_clock: MovableClock
) -> Contents:
    """Everything in the database of that shop."""
    for document in DOCUMENTS:
        database()[document._get_collection_name()].delete_many({})
    shop = Shop.open(app, running_wechat, running_wechat.credentials, code="main", is_default=True)
    fill_books(shop, session_services, movable_clock)
    movable_clock.reset()
    return contents()


@pytest.fixture
def audited(books: Contents, session_services: Services, clock: MovableClock) -> Iterator[Services]:
    """The services over that shop, which is whole again after the test."""
    restore(books)
    yield session_services
    restore(books)
