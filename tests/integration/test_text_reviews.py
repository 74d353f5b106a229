"""Staff decide about texts, once."""

from __future__ import annotations

from functools import partial

import pytest

from src.utils.permissions import Role
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.text_reviews import DOUBTFUL, PATH, decide, names, rename, reviews


@pytest.fixture
def buyer(shop: Shop) -> Buyer:
    """A shopper whose first nickname waits for staff."""
    buyer = shop.buyer()
    rename(buyer, DOUBTFUL)
    return buyer


@pytest.mark.parametrize("what", ["approve", "reject"])
def test_decisions_are_for_managers(shop: Shop, buyer: Buyer, what: str) -> None:
    path = f"{PATH}/{reviews(shop)[0]['id']}/{what}"
    clerk = shop.staff(Role.CLERK)
    with nothing_changes():
        refused(shop.client.post(path), 401)
        refused(buyer.post(path), 401)
        refused(clerk.post(path), 403)
        refused(clerk.get(PATH), 403)
        refused(shop.anonymous.get(PATH), 401)


@pytest.mark.parametrize("what", ["approve", "reject"])
def test_a_foreign_text_is_not_found(shop: Shop, other_shop: Shop, buyer: Buyer, what: str) -> None:
    stranger, review = other_shop.staff(), reviews(shop)[0]
    with nothing_changes():
        refused(stranger.post(f"{PATH}/{review['id']}/{what}"), 404)
        refused(stranger.post(f"{PATH}/{NOBODYS_ID}/{what}"), 404)
    assert data_of(stranger.get(PATH), 200)["list"] == []


@pytest.mark.parametrize("query", [{"status": "hidden"}, {"page": "0"}, {"kind": "nickname"}])
def test_a_list_that_is_refused(shop: Shop, query: dict[str, str]) -> None:
    refused(shop.staff().get(PATH, **query), 400)


def test_a_decision_takes_no_body(shop: Shop, buyer: Buyer) -> None:
    path = f"{PATH}/{reviews(shop)[0]['id']}/approve"
    staff = shop.staff()
    with nothing_changes():
        refused(staff.post(path, {"text": "another one"}), 400)


def test_an_approved_nickname_is_shown(shop: Shop, buyer: Buyer) -> None:
    decided = data_of(decide(shop, "approve", Role.MANAGER), 200)
    assert (decided["status"], decided["text"]) == ("approved", "可疑小店")
    assert decided["decidedAt"] >= decided["createdAt"]
    assert names(buyer) == ("可疑小店", "")


def test_a_rejected_nickname_is_forgotten(shop: Shop, buyer: Buyer) -> None:
    assert data_of(decide(shop, "reject"), 200)["status"] == "rejected"
    assert names(buyer) == ("", "")


@pytest.mark.parametrize(("first", "status"), [("approve", "approved"), ("reject", "rejected")])
@pytest.mark.parametrize("second", ["approve", "reject"])
def test_a_decision_is_final(shop: Shop, buyer: Buyer, first: str, status: str, second: str) -> None:
    data_of(decide(shop, first), 200)
    path = f"{PATH}/{reviews(shop)[0]['id']}/{second}"
    with nothing_changes():
        assert refused(shop.staff().post(path), 40913) == {"status": status}


def test_of_racing_decisions_one_is_applied(shop: Shop, buyer: Buyer) -> None:
    path, staff = f"{PATH}/{reviews(shop)[0]['id']}", shop.staff()
    calls = [partial(staff.post, f"{path}/{what}") for what in ("approve", "reject")] * 5

    answers = results(at_once(calls))

    (winner,) = [data_of(answer, 200) for answer in answers if answer.status_code == 200]
    for answer in answers:
        if answer.status_code != 200:
            assert refused(answer, 40913) == {"status": winner["status"]}
    assert names(buyer) == (("可疑小店" if winner["status"] == "approved" else ""), "")


def test_the_list_shows_what_is_asked_for(shop: Shop, buyer: Buyer) -> None:
    data_of(decide(shop, "approve"), 200)
    somebody = shop.buyer()
    rename(somebody, "可疑二店")
    staff = shop.staff()
    assert [one["text"] for one in data_of(staff.get(PATH), 200)["list"]] == ["可疑二店", "可疑小店"]
    assert [one["text"] for one in data_of(staff.get(PATH, status="pending"), 200)["list"]] == ["可疑二店"]
    assert data_of(staff.get(PATH, status="rejected"), 200)["pagination"]["total"] == 0
