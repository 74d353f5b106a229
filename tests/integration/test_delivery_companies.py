"""The list of delivery companies: WeChat's, kept for a day."""

from __future__ import annotations

from functools import partial

import pytest

from src.models.delivery_companies import DeliveryCompanies
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.shop import Person, Shop, data_of, refused
from tests.factories.wechat import calls_of, fault, heal

PATH = "/api/merchant/delivery-companies"
CALL = "get_delivery_list"
SF = {"id": "SF", "name": "顺丰速运"}
ONE_COMPANY = [{"id": "OLD", "name": "旧快递"}]


@pytest.fixture
def staff(shop: Shop) -> Person:
    return shop.staff()


def kept(shop: Shop, clock: MovableClock) -> None:
    """Keeps a list of one company that is a day old."""
    DeliveryCompanies.collection().update_one(
        {"_id": shop.appid}, {"$set": {"companies": ONE_COMPANY, "due_at": clock.now()}}, upsert=True
    )


def test_only_staff_reads_it(shop: Shop) -> None:
    buyer = shop.buyer()
    with nothing_changes():
        refused(shop.anonymous.get(PATH), 401)
        refused(buyer.get(PATH), 401)


def test_it_is_wechats_list_in_wechats_order(staff: Person) -> None:
    companies = data_of(staff.get(PATH), 200)["companies"]
    assert (companies[0], len(companies)) == (SF, 14)
    assert companies[7] == {"id": "EMS", "name": "EMS"}


def test_it_is_read_once_a_day(shop: Shop, staff: Person, clock: MovableClock) -> None:
    first = data_of(staff.get(PATH), 200)
    assert data_of(staff.get(PATH), 200) == first
    assert calls_of(shop, CALL) == 1
    kept(shop, clock)
    assert data_of(staff.get(PATH), 200) == first
    assert calls_of(shop, CALL) == 2
    assert (DeliveryCompanies.objects.get(id=shop.appid).due_at - clock.now()).total_seconds() > 86_000


@pytest.mark.parametrize("kind", ["bad_gateway", "reset_before", "reset_after", "html", "garbage", "errcode"])
def test_while_wechat_is_down_the_old_list_serves(shop: Shop, staff: Person, clock: MovableClock, kind: str) -> None:
    kept(shop, clock)
    fault(shop, CALL, kind, times=None)
    for _ in range(3):
        assert data_of(staff.get(PATH), 200)["companies"] == ONE_COMPANY
    assert calls_of(shop, CALL) == 1
    heal(shop)
    clock.advance(seconds=61)
    assert data_of(staff.get(PATH), 200)["companies"][0] == SF


@pytest.mark.parametrize("kind", ["bad_gateway", "garbage", "errcode"])
def test_without_any_list_wechat_is_needed(shop: Shop, staff: Person, kind: str) -> None:
    fault(shop, CALL, kind)
    assert staff.get(PATH).headers["Retry-After"] == "2"
    fault(shop, CALL, kind)
    with nothing_changes():
        refused(staff.get(PATH), 50301)
    assert data_of(staff.get(PATH), 200)["companies"][0] == SF


def test_of_many_that_find_it_too_old_one_asks(shop: Shop, staff: Person, clock: MovableClock) -> None:
    kept(shop, clock)
    answers = results(at_once([partial(staff.get, PATH)] * 16))
    assert [answer.status_code for answer in answers] == [200] * 16
    assert calls_of(shop, CALL) == 1


def test_each_mini_program_has_its_own(shop: Shop, other_shop: Shop, staff: Person, clock: MovableClock) -> None:
    kept(shop, clock)
    fault(shop, CALL, "bad_gateway", times=None)
    assert data_of(staff.get(PATH), 200)["companies"] == ONE_COMPANY
    refused(other_shop.staff().get(PATH), 50301)
