"""One Idempotency-Key: one order and one answer."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from werkzeug.test import TestResponse

from src.services.orders.checkout import Checkout
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.races import at_once, results, run_before
from tests.factories.shop import ADDRESS, Buyer, Shop, data_of, refused
from tests.fault.failpoints import OUT_OF_TIME, failing
from tests.fault.keyed_orders import KEY, Sku, assert_one_order, is_replay, keyed, orders_placed, records


def test_twenty_at_once_make_one_order(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    answers = results(at_once([partial(keyed, buyer, sku)] * 20))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_data() for answer in answers}) == 1
    assert Counter(is_replay(answer) for answer in answers) == {False: 1, True: 19}
    assert_one_order(shop, sku)


def test_a_repetition_gets_the_first_answer_even_when_the_order_has_moved_on(
    shop: Shop, buyer: Buyer, sku: Sku
) -> None:
    first = keyed(buyer, sku)
    data_of(buyer.post(f"/api/orders/{data_of(first, 201)['id']}/cancel"), 200)

    again = keyed(buyer, sku)

    assert (again.status_code, again.get_data(), is_replay(again)) == (201, first.get_data(), True)
    assert orders_placed() == 1


def test_the_order_of_members_does_not_matter(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    first = keyed(buyer, sku)
    line = {"quantity": 1, "skuId": sku["skuId"], "productId": sku["productId"]}

    again = buyer.post("/api/orders", {"address": ADDRESS, "items": [line]}, Idempotency_Key=KEY)

    assert again.get_data() == first.get_data()
    assert_one_order(shop, sku)


def test_another_body_is_refused(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    keyed(buyer, sku)

    refused(keyed(buyer, sku, quantity=2), 40904)

    assert_one_order(shop, sku)


def test_another_body_is_refused_while_the_first_one_runs(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    rivals: list[TestResponse] = []

    with run_before(Checkout, "place_order", lambda: rivals.append(keyed(buyer, sku, quantity=2))):
        data_of(keyed(buyer, sku), 201)

    refused(rivals[0], 40904)
    assert_one_order(shop, sku)


def test_another_user_has_keys_of_its_own(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    other = shop.buyer()

    first, second = data_of(keyed(buyer, sku), 201), data_of(keyed(other, sku, quantity=2), 201)

    assert first["id"] != second["id"]
    assert_books_balance(shop.store_id)


def test_the_same_person_in_another_store_has_keys_of_its_own(
    shop: Shop, other_shop: Shop, buyer: Buyer, sku: Sku
) -> None:
    login = data_of(other_shop.login(buyer.wechat_user), 200)
    elsewhere = Buyer(other_shop, {"Authorization": f"Bearer {login['token']}"}, login["userId"])

    first = data_of(keyed(buyer, sku), 201)
    second = data_of(keyed(elsewhere, other_shop.sku(), quantity=2), 201)

    assert first["id"] != second["id"]
    assert_books_balance(shop.store_id)
    assert_books_balance(other_shop.store_id)


def test_after_the_record_is_gone_the_order_itself_knows_the_key(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    first = data_of(keyed(buyer, sku), 201)
    assert records().delete_many({}).deleted_count == 1

    again = keyed(buyer, sku)

    assert (data_of(again, 201), is_replay(again)) == (first, False)
    assert_one_order(shop, sku)


def test_after_the_record_is_gone_the_order_is_found_though_nothing_is_left_to_buy(
    shop: Shop, buyer: Buyer, sku: Sku
) -> None:
    first = data_of(keyed(buyer, sku, quantity=10), 201)
    records().delete_many({})

    assert data_of(keyed(buyer, sku, quantity=10), 201) == first


def test_twenty_at_once_after_the_record_is_gone_get_the_same_order(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    first = data_of(keyed(buyer, sku), 201)
    records().delete_many({})

    answers = results(at_once([partial(keyed, buyer, sku)] * 20))

    assert [data_of(answer, 201) for answer in answers] == [first] * 20
    assert_one_order(shop, sku)


def test_after_the_record_is_gone_a_wrong_body_does_not_spoil_the_key(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    first = data_of(keyed(buyer, sku), 201)
    records().delete_many({})

    refused(keyed(buyer, sku, quantity=2), 40904)

    assert data_of(keyed(buyer, sku), 201) == first
    assert_one_order(shop, sku)


def test_an_expired_record_counts_as_gone(shop: Shop, buyer: Buyer, sku: Sku, clock: MovableClock) -> None:
    first = data_of(keyed(buyer, sku), 201)
    records().update_one({}, {"$set": {"expires_at": clock.now()}})

    again = keyed(buyer, sku)

    assert (data_of(again, 201), is_replay(again)) == (first, False)
    assert_one_order(shop, sku)


def test_out_of_stock_is_an_answer_that_is_kept(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    first = keyed(buyer, sku, quantity=11)
    refused(first, 40901)
    data_of(shop.staff().post(f"/api/merchant/skus/{sku['skuId']}/stock", {"delta": 5, "reason": "到货"}), 200)

    again = keyed(buyer, sku, quantity=11)

    assert (again.status_code, again.get_data(), is_replay(again)) == (409, first.get_data(), True)
    assert orders_placed() == 0


def test_an_invalid_request_is_not_kept(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    refused(keyed(buyer, sku, quantity=0), 400)
    assert records().count_documents({}) == 0

    data_of(keyed(buyer, sku), 201)

    assert_one_order(shop, sku)


def test_a_failure_of_the_server_is_not_kept(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    with failing("insert", collection="orders", failure=OUT_OF_TIME):
        refused(keyed(buyer, sku), 503)
    assert (orders_placed(), shop.stock_of(sku), records().count_documents({})) == (0, 10, 0)

    assert not is_replay(keyed(buyer, sku))

    assert_one_order(shop, sku)


def test_a_key_pays_once(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    order = buyer.placed((sku, 1))

    answers = results(at_once([partial(buyer.post, f"/api/orders/{order['id']}/pay", Idempotency_Key=KEY)] * 10))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.get_data() for answer in answers}) == 1
    assert Counter(is_replay(answer) for answer in answers) == {False: 1, True: 9}
    assert_books_balance(shop.store_id)


def test_a_key_of_an_order_may_be_the_key_of_its_payment(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    order = data_of(keyed(buyer, sku), 201)

    payment = data_of(buyer.post(f"/api/orders/{order['id']}/pay", Idempotency_Key=KEY), 200)

    assert payment["paid"] is False


@pytest.mark.parametrize("key", ["", "k" * 256, "a b", "schlüssel"])
def test_what_is_no_key_is_refused(shop: Shop, buyer: Buyer, sku: Sku, key: str) -> None:
    assert "Idempotency-Key" in refused(buyer.order((sku, 1), Idempotency_Key=key), 400)["errors"]

    assert (orders_placed(), records().count_documents({})) == (0, 0)
