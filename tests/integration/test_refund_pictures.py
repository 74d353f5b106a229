"""What WeChat thinks of a refund's pictures, as staff see it."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from ecosystem.bench.profile import profiling
from src.models.media_checks import MediaCheck
from tests.factories.clock import MovableClock
from tests.factories.refunds import wanted
from tests.factories.shop import Buyer, Shop, data_of

Document = dict[str, Any]
ONE, TWO, OURS = "https://example.com/1.png", "https://example.com/2.png", "/media/refunds/3.png"


@pytest.fixture
def buyer(shop: Shop) -> Buyer:
    return shop.buyer()


def asked_with(shop: Shop, buyer: Buyer, *images: str) -> Document:
    sku = shop.sku()
    order = shop.paid_order(buyer, (sku, 1))
    body = {**wanted((sku, 1)), "images": list(images)}
    return dict(data_of(buyer.post(f"/api/orders/{order['id']}/refunds", body), 201))


def submitted(shop: Shop, clock: MovableClock, refund: Document, url: str, trace_id: str) -> None:
    subject = ObjectId(refund["id"])
    MediaCheck.record_asked(
        trace_id, store_id=shop.store_id, subject="refund", subject_id=subject, url=url, now=clock.now()
    )


def answered(shop: Shop, clock: MovableClock, trace_id: str, suggest: str, errcode: int = 0) -> None:
    MediaCheck.record_result(
        trace_id, store_id=shop.store_id, suggest=suggest, label=100, errcode=errcode, now=clock.now()
    )


def verdicts(shown: Document) -> list[tuple[str, str]]:
    return [(check["url"], check["verdict"]) for check in shown["imageChecks"]]


def read(shop: Shop, refund: Document) -> Document:
    return dict(data_of(shop.staff().get(f"/api/merchant/refunds/{refund['id']}"), 200))


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (("pass", 0), "pass"),
        (("review", 0), "review"),
        (("risky", 0), "risky"),
        (("", -1008), "unknown"),
        (("pass", -1008), "unknown"),
        (("something new", 0), "unknown"),
    ],
)
def test_the_verdict_is_shown(
    shop: Shop, buyer: Buyer, clock: MovableClock, said: tuple[str, int], verdict: str
) -> None:
    refund = asked_with(shop, buyer, ONE)
    submitted(shop, clock, refund, ONE, "t1")
    assert verdicts(read(shop, refund)) == [(ONE, "unknown")]
    answered(shop, clock, "t1", *said)
    assert verdicts(read(shop, refund)) == [(ONE, verdict)]


def test_each_picture_has_one_in_its_place(shop: Shop, buyer: Buyer, clock: MovableClock) -> None:
    refund = asked_with(shop, buyer, OURS, TWO, ONE)
    for url, trace_id, suggest in [(ONE, "t1", "pass"), (TWO, "t2", "pass"), (TWO, "t3", "risky")]:
        submitted(shop, clock, refund, url, trace_id)
        answered(shop, clock, trace_id, suggest)
    submitted(shop, clock, refund, ONE, "t4")
    assert verdicts(read(shop, refund)) == [(OURS, "unknown"), (TWO, "risky"), (ONE, "pass")]


def test_a_decision_shows_them_too_and_shoppers_see_none(shop: Shop, buyer: Buyer, clock: MovableClock) -> None:
    refund = asked_with(shop, buyer, ONE)
    assert "imageChecks" not in refund
    submitted(shop, clock, refund, ONE, "t1")
    answered(shop, clock, "t1", "review")
    rejected = shop.staff().post(f"/api/merchant/refunds/{refund['id']}/reject", {"reason": "不符合"})
    assert verdicts(data_of(rejected, 200)) == [(ONE, "review")]


def test_another_stores_checks_are_not_read(shop: Shop, other_shop: Shop, buyer: Buyer, clock: MovableClock) -> None:
    refund = asked_with(shop, buyer, ONE)
    submitted(other_shop, clock, refund, ONE, "t1")
    answered(other_shop, clock, "t1", "risky")
    assert verdicts(read(shop, refund)) == [(ONE, "unknown")]


def test_a_list_reads_all_of_them_at_once(shop: Shop, buyer: Buyer, clock: MovableClock) -> None:
    staff = shop.staff()
    for number in range(3):
        refund = asked_with(shop, buyer, ONE)
        submitted(shop, clock, refund, ONE, f"t{number}")
        answered(shop, clock, f"t{number}", "pass")
    asked_with(shop, buyer)
    with profiling() as profile:
        listed = data_of(staff.get("/api/merchant/refunds"), 200)["list"]
        queries = [query.collection for query in profile.new()]
    assert [verdicts(shown) for shown in listed] == [[], *[[(ONE, "pass")]] * 3]
    assert queries.count("media_checks") == 1
