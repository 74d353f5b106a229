"""A shopper buys, the merchant ships, a part comes back: over HTTP, as a mini-program and a console would do it.

`make run` shows it at every start and the end-to-end test asserts it.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

TIMEOUT_S = 20
CALLBACK_DEADLINE_S = 15
ADDRESS = {
    "name": "林小满",
    "phone": "13800138000",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "detail": "龙井路 1 号",
}

Json = dict[str, Any]
Report = Callable[[str, float], None]
"""Receives each step's title and its milliseconds."""


class JourneyFailed(Exception):
    """The shop answered otherwise than it should; the text is the call and its answer."""


@dataclass(frozen=True)
class Shop:
    """Where the shop is and who may ship for it."""

    api: str
    sandbox: str
    store: str
    staff_username: str
    staff_password: str


class Caller:
    """Speaks to one host; every answer must be the expected one."""

    def __init__(self, base: str, **headers: str) -> None:
        self._base = base
        self._session = requests.Session()
        # A proxy of the user's environment has no business between two processes of this machine.
        self._session.trust_env = False
        self._session.headers.update(headers)

    def log_in(self, token: str) -> None:
        """Send `token` with every later call."""
        self._session.headers["Authorization"] = f"Bearer {token}"

    def send(self, method: str, path: str, body: Json | None = None, *, expect: int = 200, **headers: str) -> Any:
        """Return the decoded answer.

        Raises:
            JourneyFailed: its status is not `expect`, or it is no JSON.
        """
        answer = self._session.request(method, self._base + path, json=body, headers=headers, timeout=TIMEOUT_S)
        if answer.status_code != expect:
            raise JourneyFailed(f"{method} {path} answered {answer.status_code}, not {expect}: {answer.text[:500]}")
        try:
            return answer.json()
        except requests.JSONDecodeError:
            raise JourneyFailed(f"{method} {path} answered no JSON: {answer.text[:500]}") from None

    def call(self, method: str, path: str, body: Json | None = None, *, expect: int = 200, **headers: str) -> Any:
        """Return the `data` of the answer's envelope."""
        envelope = self.send(method, path, body, expect=expect, **headers)
        if envelope.get("code") != 0:
            raise JourneyFailed(f"{method} {path} answered code {envelope.get('code')}: {envelope}")
        return envelope["data"]


def can_ship(shop: Shop) -> bool:
    """Tell whether the shop's staff member can log in."""
    credentials = {"username": shop.staff_username, "password": shop.staff_password}
    try:
        Caller(shop.api, **{"X-Store": shop.store}).call("POST", "/api/staff/login", credentials)
    except JourneyFailed:
        return False
    return True


class Journey:
    """The way of one order, from an empty session to `completed`, and of a part of its money back."""

    def __init__(self, shop: Shop, report: Report) -> None:
        self._shop = shop
        self._report = report
        self._wechat = Caller(shop.sandbox)
        self._shopper = Caller(shop.api, **{"X-Store": shop.store})
        self._merchant = Caller(shop.api, **{"X-Store": shop.store})

    def walk(self) -> Json:
        """Return the completed order, of which one piece was refunded.

        Raises:
            JourneyFailed: a step was not answered as it must be.
            requests.RequestException: the shop or the sandbox is not reachable.
        """
        user = self._log_in()
        order = self._place_order(self._choose_sku())
        self._pay(user, order)
        self._await_callback(order)
        self._ship(order)
        self._confirm(order)
        return self._refund(order)

    def _log_in(self) -> str:
        user: str = self._wechat.send("POST", "/__sandbox__/users", {}, expect=201)["user"]
        code = self._wechat.send("POST", f"/__sandbox__/users/{user}/login-code", {})["code"]
        with self._step("log in with the code of wx.login"):
            login = self._shopper.call("POST", "/api/auth/login", {"code": code})
        self._shopper.log_in(login["token"])
        return user

    def _choose_sku(self) -> Json:
        """Return the order line for two pieces of the product that is stocked best."""
        with self._step("list the products"):
            products = self._shopper.call("GET", "/api/products?inStock=true&size=50")["list"]
        if not products:
            raise JourneyFailed("GET /api/products shows nothing in stock")
        best = max(products, key=lambda product: int(product["stock"]))
        with self._step(f"look at {best['name']}"):
            product = self._shopper.call("GET", f"/api/products/{best['id']}")
        sku = max(product["skus"], key=lambda sku: int(sku["stock"]))
        return {"productId": product["id"], "skuId": sku["id"], "quantity": 2}

    def _place_order(self, line: Json) -> Json:
        body = {"items": [line], "address": ADDRESS, "note": "请放门口"}
        with self._step("place an order"):
            order: Json = self._shopper.call(
                "POST", "/api/orders", body, expect=201, **{"Idempotency-Key": uuid.uuid4().hex}
            )
        return order

    def _pay(self, user: str, order: Json) -> None:
        with self._step("ask for the payment (prepay at WeChat)"):
            payment = self._shopper.call("POST", f"/api/orders/{order['id']}/pay", {})
        if payment["paid"]:
            return
        fields = {name: payment[name] for name in ("timeStamp", "nonceStr", "package", "signType", "paySign")}
        with self._step("pay with wx.requestPayment"):
            result = self._wechat.send("POST", f"/__sandbox__/users/{user}/request-payment", fields)
        if result["errMsg"] != "requestPayment:ok":
            raise JourneyFailed(f"wx.requestPayment answered {result['errMsg']}")

    def _await_callback(self, order: Json) -> None:
        with self._step("WeChat's callback marks it paid"):
            self._await(f"/api/orders/{order['id']}", "paid")

    def _ship(self, order: Json) -> None:
        credentials = {"username": self._shop.staff_username, "password": self._shop.staff_password}
        with self._step("the merchant logs in"):
            login = self._merchant.call("POST", "/api/staff/login", credentials)
        self._merchant.log_in(login["token"])
        with self._step("the merchant lists what to ship"):
            orders = self._merchant.call("GET", "/api/merchant/orders?status=paid&size=50")["list"]
        if order["id"] not in [listed["id"] for listed in orders]:
            raise JourneyFailed(f"GET /api/merchant/orders does not list the paid order {order['id']}")
        with self._step("the merchant ships"):
            self._merchant.call("POST", f"/api/orders/{order['id']}/ship", _parcel())

    def _confirm(self, order: Json) -> None:
        with self._step("confirm the receipt"):
            self._shopper.call("POST", f"/api/orders/{order['id']}/confirm", {})
        completed = self._order(order)
        if completed["status"] != "completed":
            raise JourneyFailed(f"the order is {completed['status']}, not completed")

    def _refund(self, order: Json) -> Json:
        """Return the order after one of its pieces was sent back and refunded."""
        piece = {"items": [{"orderItemId": order["items"][0]["id"], "quantity": 1}], "reason": "多买了一件"}
        with self._step("ask for a refund of one piece"):
            refund = self._shopper.call(
                "POST", f"/api/orders/{order['id']}/refunds", piece, expect=201, **{"Idempotency-Key": uuid.uuid4().hex}
            )
        with self._step("the merchant approves"):
            self._merchant.call("POST", f"/api/merchant/refunds/{refund['id']}/approve", {})
        with self._step("the shopper sends the piece back"):
            self._shopper.call("POST", f"/api/refunds/{refund['id']}/return", _parcel())
        with self._step("the merchant receives it (refund at WeChat)"):
            self._merchant.call("POST", f"/api/merchant/refunds/{refund['id']}/receive", {"restock": True})
        self._await_refund(refund)
        refunded = self._order(order)
        if refunded["refundedAmount"] != refund["amount"]:
            raise JourneyFailed(f"{refunded['refundedAmount']} fen are back, not {refund['amount']}")
        return refunded

    def _await_refund(self, refund: Json) -> None:
        with self._step("WeChat's callback says the money is back"):
            self._await(f"/api/refunds/{refund['id']}", "succeeded")

    def _await(self, path: str, wanted: str) -> None:
        deadline = time.monotonic() + CALLBACK_DEADLINE_S
        while (status := self._shopper.call("GET", path)["status"]) != wanted:
            if time.monotonic() > deadline:
                raise JourneyFailed(f"{path} is still {status} after {CALLBACK_DEADLINE_S} s, not {wanted}")
            time.sleep(0.05)

    def _order(self, order: Json) -> Json:
        current: Json = self._shopper.call("GET", f"/api/orders/{order['id']}")
        return current

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self._report(title, (time.monotonic() - started) * 1000)


def _parcel() -> Json:
    return {"company": "SF", "trackingNo": f"SF{time.time_ns() % 10**12:012d}"}
