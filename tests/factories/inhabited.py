"""A store with somebody of each kind and something of everything, all of it marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bson import ObjectId
from flask import Flask

from ecosystem.sandbox.server import RunningSandbox
from src.middleware.policies import Audience
from src.models.connection import database
from src.models.jobs import Job
from src.models.payments import Payment
from src.services.registry import Services
from src.utils.permissions import Role
from tests.factories.bills import walk_reconciliations
from tests.factories.contents import forget_everything
from tests.factories.jobs import tick
from tests.factories.pictures import gradient, sent
from tests.factories.refunds import shipped_order, wanted
from tests.factories.routes import Route
from tests.factories.sheets import TEA, csv_file, run_sheets, send, sheet_ids
from tests.factories.shop import ADDRESS, Buyer, Person, Shop, data_of
from tests.factories.staff import invite, joined, logged_in, new_key, program, with_second_factor
from tests.factories.staff_routes import EXPECTED, SCOPES_BY_HAND
from tests.factories.subscriptions import PAID, accept, use_templates
from tests.factories.text_reviews import rename, reviews
from tests.factories.webhooks import add_webhook, ping

Document = dict[str, Any]
# Which of the orders a route is about, where it is not the one that waits for its money.
_ORDERS = {
    "POST /api/orders/<id:order_id>/ship": "paid_order_id",
    "PUT /api/orders/<id:order_id>/shipment": "shipped_order_id",
    "GET /api/orders/<id:order_id>/refunds": "shipped_order_id",
    "POST /api/orders/<id:order_id>/refunds": "shipped_order_id",
}


@dataclass
class Shopping:
    """What a shopper has in a store, marked: a profile, a search, orders, a refund and pictures."""

    buyer: Buyer
    ids: dict[str, str]


@dataclass
class Inhabited:
    shop: Shop
    canary: str
    product: Document
    ids: dict[str, str]
    buyer: Buyer
    program: Person

    def own(self, route: Route) -> dict[str, str]:
        """Returns the ids with which the route finds what it is about."""
        return {**self.ids, "order_id": self.ids[self.order_of(route)]}

    @staticmethod
    def order_of(route: Route) -> str:
        return _ORDERS.get(str(route), "order_id")

    def callers_of(self, route: Route) -> list[Person]:
        """Returns one of each kind who may call the route."""
        staff = [self.shop.staff()]
        if str(route) in EXPECTED and EXPECTED[str(route)].scope:
            staff.append(self.program)
        callers: dict[Audience, list[Person]] = {
            Audience.SHOPPER: [self.buyer],
            Audience.STAFF: staff,
            Audience.EITHER: [*staff, self.buyer],
        }
        return callers.get(route.policy.audience, [self.shop.anonymous])

    @property
    def everybody(self) -> list[Person]:
        """Returns one of each kind and role."""
        return [self.shop.anonymous, self.buyer, self.program, *map(self.shop.staff, Role)]


def inhabited_anew(app: Flask, wechat: RunningSandbox) -> Inhabited:
    """Returns the default store of a database in which nothing else is."""
    forget_everything()
    return inhabit(Shop.open(app, wechat, wechat.credentials, code="main", is_default=True))


def inhabit(shop: Shop, canary: str | None = None) -> Inhabited:
    canary = canary or f"canary-{shop.code}"
    product = _product(shop, canary)
    shoppers = shopping(shop.buyer(), product, canary)
    rename(shoppers.buyer, f"可疑{canary}")
    webhook_id = add_webhook(shop, description=f"staff{canary}")["id"]
    ids = {
        "product_id": product["id"],
        "sku_id": product["skus"][0]["id"],
        "category_id": product["categoryId"],
        "brand_id": product["brandId"],
        "webhook_id": webhook_id,
        "delivery_id": ping(shop, webhook_id)["id"],
        "review_id": reviews(shop)[0]["id"],
        **shoppers.ids,
        "reconciliation_id": walk_reconciliations(shop),
        **_staff_ids(shop, canary),
        **_sheet_ids(shop, canary),
        **_kept_and_permitted(shop.staff(), "product"),
    }
    ids["job_id"] = str(Job.objects(store_id=shop.store_id).first().id)
    _make_words_hot(shop, product, canary)
    _have_a_past(shop, ids["paid_order_id"])
    data_of(shop.staff().get("/api/merchant/delivery-companies"), 200)  # WeChat is asked once a day
    assert shop.anonymous.get(f"/api/products/{product['id']}/code").status_code == 200  # and once for a code
    for role in Role:
        shop.staff(role)
    return Inhabited(shop, canary, product, ids, shoppers.buyer, program(shop, *SCOPES_BY_HAND))


def shopping(buyer: Buyer, product: Document, mark: str) -> Shopping:
    data_of(buyer.put("/api/auth/user", {"nickname": mark, "avatar": f"/media/{mark}.png"}), 200)
    data_of(buyer.get("/api/products", keyword=mark), 200)
    permitted = _kept_and_permitted(buyer, "avatar")
    return Shopping(buyer, {**_order_ids(buyer, product, mark), **permitted})


def _make_words_hot(shop: Shop, product: Document, canary: str) -> None:
    """Has so many shoppers search for the canary that others are told of it, and one of them take messages."""
    use_templates(shop)
    for _ in range(3):
        buyer = shop.buyer()
        assert data_of(buyer.get("/api/products", keyword=canary), 200)["list"][0]["id"] == product["id"]
    accept(buyer, PAID)


def _have_a_past(shop: Shop, paid_order_id: str) -> None:
    """Has an order paid three days ago, and that day added up."""
    past = shop.app.extensions["minimall"].jobs.running.now() - timedelta(days=3)
    order_id = ObjectId(paid_order_id)
    database()["orders"].update_one({"_id": order_id}, {"$set": {"created_at": past, "paid_at": past}})
    database()["payments"].update_one({"order_id": order_id}, {"$set": {"succeeded_at": past}})
    services: Services = shop.app.extensions["minimall"]
    tick(services, "roll_up_figures")


def _product(shop: Shop, canary: str) -> Document:
    sku = {"specs": {canary: canary}, "price": 1000, "stock": 20, "image": f"/media/{canary}.png"}
    brand = data_of(shop.staff().post("/api/merchant/brands", {"name": canary}), 201)
    product = shop.product(
        name=canary,
        brandId=brand["id"],
        description=canary,
        category=canary,
        images=[f"/media/{canary}.png"],
        tags=[canary],
        attributes=[{"name": canary, "value": canary}],
        freightClass=f"staff{canary}",
        skus=[{**sku, "code": f"code-{canary}", "barcode": f"6900-{canary}"}],
    )
    path = f"/api/merchant/skus/{product['skus'][0]['id']}"
    received = {"quantity": 1, "reason": f"staff{canary}", "reference": f"staff{canary}"}
    data_of(shop.staff().post(f"{path}/receive", received), 200)
    data_of(shop.staff().put(f"{path}/low-stock-threshold", {"threshold": 100}), 200)
    return product


def _order_ids(buyer: Buyer, product: Document, canary: str) -> dict[str, str]:
    """Returns the ids of an order that waits, of one that is paid, of one that is sent and of its refund."""
    shop, sku = buyer.shop, {"productId": product["id"], "skuId": product["skus"][0]["id"]}
    paid, shipped = shop.paid_order(buyer, (sku, 1)), shipped_order(buyer, (sku, 1))
    asked = buyer.post(f"/api/orders/{shipped['id']}/refunds", wanted((sku, 1), reason=canary))
    order = _placed(buyer, product, canary)
    note = {"note": f"staff{canary}"}
    data_of(shop.staff().put(f"/api/merchant/orders/{order['id']}/note", note), 200)
    return {
        "order_id": order["id"],
        "paid_order_id": paid["id"],
        "shipped_order_id": shipped["id"],
        "refund_id": data_of(asked, 201)["id"],
        "payment_id": str(Payment.objects(order_id=paid["id"]).first().id),
    }


def _placed(buyer: Buyer, product: Document, canary: str) -> Document:
    address = {name: value if name == "phone" else canary for name, value in ADDRESS.items()}
    line = {"productId": product["id"], "quantity": 1}
    order: Document = data_of(buyer.post("/api/orders", {"items": [line], "address": address, "note": canary}), 201)
    return order


def _staff_ids(shop: Shop, canary: str) -> dict[str, str]:
    """Returns the ids of a marked member with a second factor, of its login, and of others around it."""
    member, owner = joined(shop), shop.staff()
    data_of(owner.put(member.path, {"displayName": f"staff{canary}"}), 200)
    with_second_factor(member)
    username = data_of(owner.get("/api/staff/me"), 200)["username"]
    logged_in(shop, username)
    own = data_of(owner.get("/api/staff/sessions"), 200)["list"]
    return {
        "staff_id": member.id,
        "login_id": data_of(owner.get(f"{member.path}/sessions"), 200)["list"][0]["id"],
        "own_login_id": next(login["id"] for login in own if not login["isCurrent"]),
        "invitation_id": invite(shop, username=f"{canary}-invited")["invitation"]["id"],
        "key_id": new_key(shop, "orders:read", name=f"staff{canary}")["apiKey"]["id"],
    }


def _sheet_ids(shop: Shop, canary: str) -> dict[str, str]:
    """Has a second file wait to be run, in which nothing is wrong."""
    data_of(send(shop.staff(), csv_file({**TEA, "商品名称": canary, "SKU编码": f"{canary}-2"})), 202)
    run_sheets(shop)
    return sheet_ids(shop, canary)


def _kept_and_permitted(person: Person, purpose: str) -> dict[str, str]:
    """Has somebody keep a picture; returns its id and that of another one's upload, which has not arrived."""
    width, height = (int(person.id[-4:-2], 16) + 1, int(person.id[-2:], 16) + 1)  # so that no two are the same
    file = sent(person, gradient("PNG", (width, height)), purpose=purpose)
    form = {"contentType": "image/png", "size": 5_000, "purpose": purpose}
    permit = data_of(person.post("/api/uploads/presign", form), 201)
    return {"file_id": file["id"], "upload_id": permit["uploadId"]}
