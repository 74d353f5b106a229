"""A shopper over real HTTP, one connection per request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from ecosystem.journey.calling import Caller, Json
from ecosystem.journey.purchase import ADDRESS
from ecosystem.journey.stage import Shop

TIMEOUT_S = 20


@dataclass(frozen=True)
class Shopper:
    """Somebody who is logged in."""

    api: str
    token: str
    line: Json

    @classmethod
    def of(cls, shop: Shop) -> Shopper:
        wechat, api = Caller(shop.sandbox), Caller(shop.api, **{"X-Store": shop.store})
        user = wechat.send("POST", "/__sandbox__/users", {}, expect=201)["user"]
        code = wechat.send("POST", f"/__sandbox__/users/{user}/login-code", {})["code"]
        token = api.call("POST", "/api/auth/login", {"code": code})["token"]
        product = max(api.call("GET", "/api/products?size=50")["list"], key=lambda product: int(product["stock"]))
        sku = max(product["skus"], key=lambda sku: int(sku["stock"]))
        return cls(shop.api, token, {"productId": product["id"], "skuId": sku["id"], "quantity": 1})

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """Returns the answer; raises requests.ConnectionError if there is none."""
        with requests.Session() as session:
            session.trust_env = False
            known = {"Authorization": f"Bearer {self.token}", "Connection": "close", **headers}
            return session.request(method, self.api + path, json=body, headers=known, timeout=TIMEOUT_S)

    def order(self, key: str) -> requests.Response:
        body = {"items": [self.line], "address": ADDRESS}
        return self.request("POST", "/api/orders", body, **{"Idempotency-Key": key})
