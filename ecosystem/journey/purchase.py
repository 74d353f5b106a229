"""The shopper's other acts: an order, its payment, its parcel, and a part of the money back."""

import time
import uuid

from ecosystem.journey.calling import Caller, JourneyFailed, Json
from ecosystem.journey.stage import Stage, await_value, ids_in

ADDRESS = {
    "name": "林小满",
    "phone": "13800138000",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "detail": "龙井路 1 号",
}
_PAYMENT_FIELDS = ("timeStamp", "nonceStr", "package", "signType", "paySign")


class Purchase:
    """A new shopper of the shop, who is logged in."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._app = {"appid": stage.shop.appid} if stage.shop.appid else {}
        self._user: str = stage.wechat.send("POST", "/__sandbox__/users", {}, expect=201)["user"]
        self.shopper = stage.somebody()
        code = stage.wechat.send("POST", f"/__sandbox__/users/{self._user}/login-code", self._app)["code"]
        with stage.step("a shopper logs in with the code of wx.login"):
            login = self.shopper.call("POST", "/api/auth/login", {"code": code})
        self.shopper.log_in(login["token"])

    def buy(self, line: Json) -> Json:
        """Return the order of this line, which WeChat's notification has marked as paid."""
        body = {"items": [line], "address": ADDRESS, "note": "请放门口"}
        with self._stage.step("place an order"):
            order: Json = self.shopper.call("POST", "/api/orders", body, expect=201, **_new_key())
        self._pay(order)
        with self._stage.step("WeChat's callback marks it paid"):
            self._await(f"/api/orders/{order['id']}", "paid")
        return order

    def receive(self, order: Json, sender: Caller) -> None:
        """Have `sender` ship the order and the shopper confirm its receipt."""
        with self._stage.step("the warehouse lists what to ship"):
            waiting = sender.call("GET", "/api/merchant/orders?status=paid&size=50")
        if order["id"] not in ids_in(waiting):
            raise JourneyFailed(f"GET /api/merchant/orders does not list the paid order {order['id']}")
        with self._stage.step("the warehouse ships"):
            sender.call("POST", f"/api/orders/{order['id']}/ship", _parcel())
        with self._stage.step("confirm the receipt"):
            self.shopper.call("POST", f"/api/orders/{order['id']}/confirm", {})
        if (status := self._order(order)["status"]) != "completed":
            raise JourneyFailed(f"the order is {status}, not completed")

    def send_back(self, order: Json, decider: Caller) -> Json:
        """Return the order after one of its pieces was sent back and refunded, as `decider` allowed."""
        refund = self._ask_back(order)
        with self._stage.step("the manager approves"):
            decider.call("POST", f"/api/merchant/refunds/{refund['id']}/approve", {})
        with self._stage.step("the shopper sends the piece back"):
            self.shopper.call("POST", f"/api/refunds/{refund['id']}/return", _parcel())
        with self._stage.step("the manager receives it (refund at WeChat)"):
            decider.call("POST", f"/api/merchant/refunds/{refund['id']}/receive", {"restock": True})
        with self._stage.step("WeChat's callback says the money is back"):
            self._await(f"/api/refunds/{refund['id']}", "succeeded")
        refunded = self._order(order)
        if refunded["refundedAmount"] != refund["amount"]:
            raise JourneyFailed(f"{refunded['refundedAmount']} fen are back, not {refund['amount']}")
        return refunded

    def _pay(self, order: Json) -> None:
        with self._stage.step("ask for the payment (prepay at WeChat)"):
            payment = self.shopper.call("POST", f"/api/orders/{order['id']}/pay", {})
        if payment["paid"]:
            return
        fields = {name: payment[name] for name in _PAYMENT_FIELDS}
        with self._stage.step("pay with wx.requestPayment"):
            result = self._stage.wechat.send(
                "POST", f"/__sandbox__/users/{self._user}/request-payment", {**fields, **self._app}
            )
        if result["errMsg"] != "requestPayment:ok":
            raise JourneyFailed(f"wx.requestPayment answered {result['errMsg']}")

    def _ask_back(self, order: Json) -> Json:
        piece = {"items": [{"orderItemId": order["items"][0]["id"], "quantity": 1}], "reason": "多买了一件"}
        with self._stage.step("ask for a refund of one piece"):
            refund: Json = self.shopper.call(
                "POST", f"/api/orders/{order['id']}/refunds", piece, expect=201, **_new_key()
            )
        return refund

    def _await(self, path: str, wanted: str) -> None:
        await_value(lambda: self.shopper.call("GET", path)["status"], wanted, of=path)

    def _order(self, order: Json) -> Json:
        current: Json = self.shopper.call("GET", f"/api/orders/{order['id']}")
        return current


def _new_key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def _parcel() -> Json:
    return {"company": "SF", "trackingNo": f"SF{time.time_ns() % 10**12:012d}"}
