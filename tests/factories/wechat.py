"""What tests do at WeChat and read from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from werkzeug.test import TestResponse

from ecosystem.sandbox import crypto
from src.services.payments.callbacks import PAY_NOTIFY_PATH
from tests.factories.clock import MovableClock
from tests.factories.shop import Buyer, Shop, data_of

Sku = dict[str, Any]

# Faults after which nothing is certain: the call had no effect, or it had.
WITHOUT_EFFECT = ["too_many_requests", "system_error", "bad_gateway", "reset_before", "error"]
WITH_EFFECT = [
    "system_error_after",
    "reset_after",
    "garbage",
    "html",
    "unsigned",
    "forged",
    "signtest",
    "stale",
    "future",
    "unknown_serial",
]


def ledger(shop: Shop) -> dict[str, Any]:
    document: dict[str, Any] = requests.get(f"{shop.sandbox.url}/__sandbox__/ledger", timeout=10).json()
    return document


def calls_of(shop: Shop, endpoint: str) -> int:
    """Returns how often WeChat was called there."""
    return int(ledger(shop)["calls"].get(endpoint, {"count": 0})["count"])


def states_at_wechat(shop: Shop) -> dict[str, str]:
    """Returns the state of each out_trade_no that WeChat knows."""
    return {order["outTradeNo"]: order["state"] for order in ledger(shop)["orders"]}


def transaction_at_wechat(shop: Shop, out_trade_no: str) -> str:
    (transaction,) = [order["transactionId"] for order in ledger(shop)["orders"] if order["outTradeNo"] == out_trade_no]
    return str(transaction)


def fault(shop: Shop, endpoint: str, kind: str, **options: Any) -> None:
    shop.control("faults", {"endpoint": endpoint, "kind": kind, **options})


def heal(shop: Shop) -> None:
    """Removes all faults."""
    requests.delete(f"{shop.sandbox.url}/__sandbox__/faults", timeout=10).raise_for_status()


def pass_time(shop: Shop, clock: MovableClock, seconds: float) -> None:
    """Moves our time and WeChat's; staff log in again afterwards."""
    clock.advance(seconds=seconds)
    shop.forget_staff_logins()
    shop.control("clock/advance", {"seconds": seconds, "headers": True})


def paid_at_wechat(buyer: Buyer, *items: tuple[Sku, int]) -> dict[str, Any]:
    """Returns a pending order whose money WeChat has; the notification is yet to come."""
    order = buyer.placed(*items)
    assert buyer.pay_in_wechat(data_of(buyer.pay(order["id"]), 200)) == "requestPayment:ok"
    return order


def pay_the_unseen_prepay(buyer: Buyer, out_trade_no: str) -> None:
    """Pays what WeChat has prepared for a prepay whose answer we never got."""
    shop = buyer.shop
    (order,) = [order for order in ledger(shop)["orders"] if order["outTradeNo"] == out_trade_no]
    key = _rsa_private(shop.credentials["merchantPrivateKey"])
    fields = {"timeStamp": "1767580497", "nonceStr": "nonce", "package": f"prepay_id={order['prepayIds'][-1]}"}
    pay_sign = crypto.sign(key, crypto.message(shop.appid, *fields.values()))
    assert buyer.pay_in_wechat({**fields, "signType": "RSA", "paySign": pay_sign}) == "requestPayment:ok"


def take_money_after_all(buyer: Buyer, out_trade_no: str, arguments: dict[str, Any]) -> None:
    """Has WeChat take the money of an order it has closed: the payment was under way when the close came."""
    shop = buyer.shop
    with shop.sandbox.state.lock:
        order = shop.sandbox.state.orders.find(shop.credentials["mchid"], out_trade_no)
        assert order is not None
        order.closed = False
        order.expires_at = shop.sandbox.clock.now() + 60
    assert buyer.pay_in_wechat(arguments) == "requestPayment:ok"


def letter(shop: Shop, out_trade_no: str, **how: Any) -> tuple[dict[str, str], bytes]:
    """Returns the headers and the body of a payment's notification without sending it."""
    sent = shop.control("notifications/deliver", {"outTradeNo": out_trade_no, "copies": 0, **how})["sent"]
    return sent["headers"], sent["body"].encode()


def notify(shop: Shop, headers: Mapping[str, str], body: bytes) -> TestResponse:
    return shop.client.post(PAY_NOTIFY_PATH, headers=dict(headers), data=body)


def _rsa_private(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key
