"""What is no answer of WeChat Pay: not believed, not waited for, and the next call goes on with the same number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from config.settings import Settings
from ecosystem.sandbox.signers import answering_signer
from ecosystem.sandbox.signing import signature_headers
from src.app import create_app
from src.models.payments import Payment
from src.services.registry import build_services
from tests.factories.books import assert_books_balance
from tests.factories.certificates import Authority
from tests.factories.clock import MovableClock
from tests.factories.receivers import Answer, Receiver, drops, endless, raw, running_receiver, silence, status
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import states_at_wechat

Placed = dict[str, Any]
HEAD = b"HTTP/1.1 200 OK\r\n"
NO_ANSWERS: dict[str, Answer] = {
    "silence": silence,
    "nothing": raw(b""),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "half a head": raw(HEAD + b"Content-Type: appl"),
    "half a body": raw(HEAD + b'Content-Length: 99\r\n\r\n{"prepay_id": "wx'),
    "a body in drops": drops(HEAD + b"\r\n"),
    "a body without end": endless,
    "another status": status(202, b'{"prepay_id": "wx1"}'),
    "a redirect": status(302, Location="https://example.com/"),
    "a page": status(200, b"<html>log in to this network</html>"),
}
# What a prepay is never answered with.
NO_PREPAYS = ["", "{}", "[]", "null", '"wx"', "{", '{"prepay_id": null}', '{"prepay_id": 5}', '{"prepay_id": ["wx"]}']


def app_over(stranger: Receiver, settings: Settings, clock: MovableClock) -> Flask:
    """Returns the app with the stranger in the place of WeChat Pay."""
    url = f"{stranger.scheme}://127.0.0.1:{stranger.port}"
    deceived = replace(settings, wechat_pay_url=url, wechat_read_timeout_s=0.3)
    return create_app(deceived, build_services(deceived, clock))


@pytest.fixture(scope="module")
def stranger() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture(scope="module")
def deceived(stranger: Receiver, settings: Settings, movable_clock: MovableClock) -> Flask:
    return app_over(stranger, settings, movable_clock)


@pytest.fixture
def order(shop: Shop, buyer: Buyer) -> Placed:
    return buyer.placed((shop.sku(), 1))


def assert_nothing_is_believed(deceived: Flask, buyer: Buyer, order: Placed) -> None:
    """A try to pay over the stranger changes nothing; the next one, over WeChat Pay, pays."""
    shop, path = buyer.shop, f"/api/orders/{order['id']}/pay"

    refused(deceived.test_client().post(path, headers=buyer.headers), 50301)

    (payment,) = Payment.objects
    assert (payment.out_trade_no, payment.status.value, payment.live) == (order["orderNo"], "created", True)
    assert buyer.pay_in_wechat(data_of(buyer.post(path), 200)) == "requestPayment:ok"
    shop.deliver(order["orderNo"])
    assert states_at_wechat(shop) == {order["orderNo"]: "SUCCESS"}
    assert buyer.read_order(order["id"])["status"] == "paid"
    assert_books_balance(shop.store_id)


def signed(shop: Shop, body: bytes) -> Answer:
    """Returns an answer that WeChat has signed, whatever it says."""
    signer = answering_signer(shop.sandbox.state.accounts.default, None)
    headers = signature_headers(signer, body, shop.sandbox.clock.now())
    return status(200, body, **{name.replace("-", "_"): value for name, value in headers.items()})


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_what_is_no_answer(stranger: Receiver, deceived: Flask, buyer: Buyer, order: Placed, answer: Answer) -> None:
    stranger.answers, stranger.received = [answer], []
    assert_nothing_is_believed(deceived, buyer, order)
    assert len(stranger.received) == 1


@pytest.mark.parametrize("body", NO_PREPAYS)
def test_what_wechat_has_signed_but_is_no_prepay(
    stranger: Receiver, deceived: Flask, buyer: Buyer, order: Placed, body: str
) -> None:
    stranger.answers = [signed(buyer.shop, body.encode())]
    assert_nothing_is_believed(deceived, buyer, order)


def test_a_server_that_nobody_vouches_for_is_told_nothing(
    settings: Settings, clock: MovableClock, buyer: Buyer, order: Placed, tmp_path: Path
) -> None:
    context = Authority.create(tmp_path).server_context("api.mch.weixin.qq.com")
    with running_receiver(tls=context) as unknown:
        assert_nothing_is_believed(app_over(unknown, settings, clock), buyer, order)
        assert unknown.received == []
