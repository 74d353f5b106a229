"""A store under test and the people in it, over HTTP."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import requests
from bson import ObjectId
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ecosystem.sandbox.server import RunningSandbox
from src.middleware.context import services
from src.models.stores import Store
from src.utils.permissions import Role

PASSWORD = "correct horse battery"
ADDRESS = {
    "name": "林小满",
    "phone": "13800138000",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "detail": "龙井路 1 号",
}


@dataclass
class Person:
    """Somebody with a token. Answers are the test client's responses."""

    shop: Shop
    headers: dict[str, str]
    id: str

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.shop.client.get(path, headers=self.headers, query_string=query)

    def post(self, path: str, json: Any = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.shop.client.post(path, json=json, headers={**self.headers, **named})

    def put(self, path: str, json: Any) -> TestResponse:
        return self.shop.client.put(path, json=json, headers=self.headers)

    def delete(self, path: str) -> TestResponse:
        return self.shop.client.delete(path, headers=self.headers)


@dataclass
class Buyer(Person):
    """A shopper with a WeChat account in the sandbox."""

    wechat_user: str = ""
    refresh_token: str = ""

    def order(self, *items: tuple[dict[str, Any], int], **headers: str) -> TestResponse:
        """Places an order of (SKU of `Shop.sku`, quantity) pairs."""
        lines = [
            {"productId": sku["productId"], "skuId": sku["skuId"], "quantity": quantity} for sku, quantity in items
        ]
        return self.post("/api/orders", {"items": lines, "address": ADDRESS}, **headers)

    def placed(self, *items: tuple[dict[str, Any], int]) -> dict[str, Any]:
        """Returns the data of a new order."""
        placed: dict[str, Any] = data_of(self.order(*items), 201)
        return placed

    def pay(self, order_id: str) -> TestResponse:
        return self.post(f"/api/orders/{order_id}/pay")

    def pay_in_wechat(self, arguments: dict[str, Any], outcome: str = "ok") -> str:
        """Does what wx.requestPayment does; returns its errMsg."""
        names = ("timeStamp", "nonceStr", "package", "signType", "paySign")
        body = {name: arguments[name] for name in names}
        answer = self.shop.control(
            f"users/{self.wechat_user}/request-payment", {"appid": self.shop.appid, "outcome": outcome, **body}
        )
        return str(answer["errMsg"])

    def log_in_again(self) -> None:
        login = data_of(self.shop.login(self.wechat_user), 200)
        self.headers["Authorization"] = f"Bearer {login['token']}"

    def read_order(self, order_id: str) -> dict[str, Any]:
        order: dict[str, Any] = data_of(self.get(f"/api/orders/{order_id}"), 200)
        return order


@dataclass
class Shop:
    """A store, reached through the app's test client."""

    app: Flask
    sandbox: RunningSandbox
    code: str
    store_id: ObjectId
    credentials: dict[str, str]
    _staff: dict[Role, Person] = field(default_factory=dict)

    @classmethod
    def open(
        cls, app: Flask, sandbox: RunningSandbox, credentials: dict[str, str], *, code: str, is_default: bool
    ) -> Shop:
        if is_default:
            requests.post(f"{sandbox.url}/__sandbox__/reset", json={}, timeout=10).raise_for_status()
        with app.app_context():
            store: Store = services().stores.save(
                code, settings_of(credentials), name=f"店 {code}", hosts=[], is_default=is_default
            )
        return cls(app, sandbox, code, store.id, credentials)

    def open_another(self, code: str, *, keys: str = "public_key") -> Shop:
        """Opens a store with a merchant number of its own; see the sandbox for what `keys` may be."""
        credentials = {name: str(value) for name, value in self.control("accounts", {"keys": keys}).items()}
        return Shop.open(self.app, self.sandbox, credentials, code=code, is_default=False)

    def configure(self, **settings: Any) -> None:
        """Saves the store anew with these settings besides its WeChat identity."""
        values = {**settings_of(self.credentials), **settings}
        with self.app.app_context():
            stores = services().stores
            current = stores.get(self.store_id)
            stores.save(self.code, values, name=current.name, hosts=current.hosts, is_default=current.is_default)

    @property
    def client(self) -> FlaskClient:
        """A new test client, so that threads do not share one."""
        return self.app.test_client()

    @property
    def appid(self) -> str:
        return self.credentials["appid"]

    @property
    def anonymous(self) -> Person:
        return Person(self, {"X-Store": self.code}, "")

    def control(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Commands the sandbox and returns its answer."""
        answer = requests.post(f"{self.sandbox.url}/__sandbox__/{path}", json=body or {}, timeout=30)
        assert answer.ok, answer.text
        document: dict[str, Any] = answer.json() if answer.content else {}
        return document

    def wechat_user(self, **facts: str) -> str:
        return str(self.control("users", facts)["user"])

    def login_code(self, wechat_user: str) -> str:
        return str(self.control(f"users/{wechat_user}/login-code", {"appid": self.appid})["code"])

    def login(self, wechat_user: str) -> TestResponse:
        return self.anonymous.post("/api/auth/login", {"code": self.login_code(wechat_user)})

    def buyer(self) -> Buyer:
        """A new shopper, logged in."""
        wechat_user = self.wechat_user()
        login = data_of(self.login(wechat_user), 200)
        return Buyer(
            self,
            {"Authorization": f"Bearer {login['token']}"},
            login["userId"],
            wechat_user=wechat_user,
            refresh_token=login["refreshToken"],
        )

    def staff(self, role: Role = Role.OWNER) -> Person:
        """The store's staff member of this role, logged in."""
        if role not in self._staff:
            username = f"{role.value}-{secrets.token_hex(4)}"
            with self.app.app_context():
                store = services().stores.get(self.store_id)
                created = services().staff.accounts.create(store, username, PASSWORD, role)
            login = self.anonymous.post("/api/staff/login", {"username": username, "password": PASSWORD})
            token = data_of(login, 200)["token"]
            self._staff[role] = Person(self, {"Authorization": f"Bearer {token}"}, str(created.id))
        return self._staff[role]

    def platform(self) -> Person:
        """Somebody with a platform key, whose use has just been noted."""
        with self.app.app_context():
            issued = services().platform_keys.create("test")
        person = Person(self, {"Authorization": f"Bearer {issued.key}"}, str(issued.stored.id))
        data_of(person.get("/api/tenants"), 200)
        return person

    def forget_staff_logins(self) -> None:
        """Has staff log in anew when they are asked for: their tokens do not live long."""
        self._staff.clear()

    def product(self, **values: Any) -> dict[str, Any]:
        """Returns the data of a new product; without values it has one SKU of 1000 fen and 10 units."""
        body = {"name": "高山乌龙茶", "price": 1000, "stock": 10, **values}
        if "skus" in values:
            del body["price"], body["stock"]
        product: dict[str, Any] = data_of(self.staff().post("/api/products", body), 201)
        return product

    def sku(self, *, price: int = 1000, stock: int = 10, name: str = "高山乌龙茶") -> dict[str, Any]:
        """Returns `{"productId", "skuId"}` of a new product with one SKU."""
        product = self.product(name=name, price=price, stock=stock)
        return {"productId": product["id"], "skuId": product["skus"][0]["id"]}

    def stock_of(self, sku: dict[str, Any]) -> int:
        """Returns what staff see as available."""
        product = data_of(self.staff().get(f"/api/merchant/products/{sku['productId']}"), 200)
        (stock,) = [entry["stock"] for entry in product["skus"] if entry["id"] == sku["skuId"]]
        return int(stock)

    def paid_order(self, buyer: Buyer, *items: tuple[dict[str, Any], int]) -> dict[str, Any]:
        """Returns an order that was paid and whose notification has been applied."""
        order = buyer.placed(*items)
        assert buyer.pay_in_wechat(data_of(buyer.pay(order["id"]), 200)) == "requestPayment:ok"
        self.deliver(order["orderNo"])
        paid = buyer.read_order(order["id"])
        assert paid["status"] == "paid"
        return paid

    def deliver(self, out_trade_no: str, **how: Any) -> list[dict[str, Any]]:
        """Has the sandbox deliver a payment's notification now; returns what we answered, per copy."""
        answer = self.control("notifications/deliver", {"outTradeNo": out_trade_no, **how})
        return list(answer["answers"])


def settings_of(credentials: dict[str, str]) -> dict[str, Any]:
    """Returns the WeChat settings of a store with an account of the sandbox."""
    return {
        "appid": credentials["appid"],
        "app_secret": credentials["appSecret"],
        "mchid": credentials["mchid"],
        "merchant_serial": credentials["merchantSerial"],
        "merchant_private_key": credentials["merchantPrivateKey"],
        "api_v3_key": credentials["apiV3Key"],
        "wechatpay_public_key_id": credentials.get("wechatpayPublicKeyId"),
        "wechatpay_public_key": credentials.get("wechatpayPublicKey"),
    }


def data_of(response: TestResponse, status: int) -> Any:
    """Returns the data of a successful answer."""
    assert response.status_code == status, response.get_data(as_text=True)
    document = response.get_json()
    assert document["code"] == 0
    return document["data"]


def refused(response: TestResponse, code: int) -> Any:
    """Asserts that the answer is the failure `code` in the envelope; returns its data."""
    document = response.get_json()
    assert document is not None, response.get_data(as_text=True)
    assert (response.status_code, document["code"]) == (code if code < 1000 else code // 100, code), document
    assert set(document) == {"code", "message", "data"}
    return document["data"]
