"""Whoever moves money, stock or parcels dies before any of its steps, or sleeps there past its lease: done once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from itertools import count

import pytest

from config.settings import Settings
from src.models.orders import Order
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.refunds import plan
from tests.factories.shop import Buyer, Shop
from tests.fault import errands
from tests.fault.errands import Errand, Scene
from tests.fault.mortals import forget_transactions, mortal

ERRANDS = [
    errands.expiring,
    errands.expiring_though_paid,
    errands.asking,
    errands.applying_what_was_stored,
    errands.told_of_money_too_late,
    errands.cancelling_what_was_paid,
    errands.sending_a_refund,
    errands.learning_that_money_is_back,
    errands.telling_wechat_of_a_parcel,
]
FEWEST_STEPS = 4


@pytest.fixture
def scene(shop: Shop, services: Services, buyer: Buyer) -> Scene:
    plan(shop)
    shop.control("shipping/visibility", {"seconds": 0})
    return Scene(shop, services, buyer, shop.sku(stock=100))


@pytest.mark.parametrize("prepare", ERRANDS)
def test_it_is_done_once(scene: Scene, settings: Settings, prepare: Callable[[Scene], Errand]) -> None:
    """To the others a stopped process is a dead one, until it wakes up and goes on with what it believes to know."""
    for step in count(1):
        errand = prepare(scene)
        with mortal(errand.work, settings, step=step, ending=signal.SIGSTOP) as worker:
            was_stopped = worker.met_its_end(signal.SIGSTOP)
            forget_transactions()
            errand.again()
            errand.check()
            if not was_stopped:
                break
            worker.wake_up()
            errand.check()
    assert step >= FEWEST_STEPS
    assert Order.objects.count() == step
    assert_books_balance(scene.shop.store_id)
