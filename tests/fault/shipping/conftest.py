"""A shipped order, and the worker that tells WeChat of it."""

from __future__ import annotations

from typing import Any

import pytest

from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.shipments import SF, shipped_order
from tests.factories.shop import Buyer, Shop
from tests.fault.shipping.upload_worker import UploadWorker


@pytest.fixture
def worker(shop: Shop, services: Services, clock: MovableClock) -> UploadWorker:
    return UploadWorker(shop, services, clock)


@pytest.fixture
def order(buyer: Buyer, sku: dict[str, Any], clock: MovableClock) -> dict[str, Any]:
    """A shipped order that WeChat is yet to be told of."""
    return shipped_order(buyer, sku, clock, SF)
