"""Everything a shop does, once: what the guards watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from src.utils.permissions import Role
from tests.factories.bills import walk_reconciliations
from tests.factories.catalogue import walk_catalogue
from tests.factories.jobs import walk_jobs
from tests.factories.messages import post, push_letter, take_messages
from tests.factories.refunds import refunds_at_wechat, settle, walk_refunds
from tests.factories.search import walk_search
from tests.factories.sheets import walk_sheets
from tests.factories.shop import ADDRESS, PASSWORD, Buyer, Person, Shop, data_of, refused
from tests.factories.staff import walk_staff
from tests.factories.statistics import walk_statistics
from tests.factories.store_work import walk_stock, walk_store_orders
from tests.factories.subscriptions import walk_subscriptions
from tests.factories.tenants import walk_tenants
from tests.factories.text_reviews import walk_text_reviews
from tests.factories.uploads import walk_uploads
from tests.factories.webhooks import walk_webhooks

PHONE = "13912345678"


@dataclass
class WholeShop:
    """A shop in which every operation of the API succeeds at least once, and the common refusals happen."""

    shop: Shop
    buyer: Buyer
    staff: Person
    webhook_secret: str = "made by the walk"
    api_key: str = "made by the walk as well"

    @classmethod
    def open(cls, shop: Shop) -> WholeShop:
        return cls(shop, shop.buyer(), shop.staff(Role.OWNER))

    def walk(self) -> None:
        """Calls every operation."""
        self._account()
        walk_text_reviews(self.shop)
        walk_subscriptions(self.buyer)
        self.webhook_secret = walk_webhooks(self.shop)
        self.api_key = walk_staff(self.shop)
        self._catalogue()
        walk_catalogue(self.shop)
        walk_uploads(self.shop)
        walk_search(self.buyer)
        self._one_order_to_its_end()
        self._orders_that_end_early()
        walk_refunds(self.buyer)
        walk_stock(self.shop)
        walk_store_orders(self.buyer)
        walk_jobs(self.shop)
        self._duties()
        self._audit_log()
        walk_statistics(self.staff)
        walk_reconciliations(self.shop)
        walk_sheets(self.shop)
        walk_tenants(self.shop)
        self._refusals()
        self._operators()
        self._logins_and_logouts()

    def _account(self) -> None:
        data_of(self.buyer.get("/api/auth/user"), 200)
        data_of(self.buyer.put("/api/auth/user", {"nickname": "小满", "phone": PHONE}), 200)
        code = self.shop.control(f"users/{self.buyer.wechat_user}/phone-code", {"appid": self.shop.appid})["code"]
        assert data_of(self.buyer.post("/api/auth/phone", {"code": code}), 200)["phoneVerified"]

    def _catalogue(self) -> None:
        specs = [
            {"specs": {"规格": size}, "price": price, "stock": 5} for size, price in (("250g", 3900), ("500g", 7200))
        ]
        tea = self.shop.product(name="高山乌龙茶", category="茶饮", description="春茶。", skus=specs)
        path = f"/api/products/{tea['id']}"
        kept = {name: tea["skus"][0][name] for name in ("id", "specs", "price")}
        data_of(self.staff.put(path, {"name": "高山乌龙茶 2026", "skus": [kept, *specs[1:]]}), 200)
        change = {"delta": 7, "reason": "到货"}
        data_of(self.staff.post(f"/api/merchant/skus/{kept['id']}/stock", change), 200)
        data_of(self.buyer.get(path), 200)
        data_of(self.staff.get(f"/api/merchant/products/{tea['id']}"), 200)
        data_of(self.staff.get("/api/merchant/products", status="on_sale"), 200)
        for query in self._product_queries():
            data_of(self.shop.anonymous.get("/api/products", **query), 200)
        data_of(self.staff.delete(path), 200)

    @staticmethod
    def _product_queries() -> list[dict[str, Any]]:
        sorts = [{"sort": sort} for sort in ("newest", "sales", "price", "-price")]
        keywords = [{"keyword": keyword} for keyword in ("茶", "乌龙", "高山乌")]
        return [*sorts, *keywords, {"category": "茶饮", "inStock": "true", "minPrice": "1", "maxPrice": "99999"}]

    def _one_order_to_its_end(self) -> None:
        sku = self.shop.sku()
        body = {"items": [{**sku, "quantity": 2}], "address": ADDRESS, "note": "请放门口"}
        quoted = {name: body[name] for name in ("items", "address")}
        quote = data_of(self.buyer.post("/api/orders/quote", quoted), 200)
        order = data_of(self.buyer.post("/api/orders", body, Idempotency_Key="once"), 201)
        assert order["totalAmount"] == quote["totalAmount"]
        assert data_of(self.buyer.post("/api/orders", body, Idempotency_Key="once"), 201) == order
        arguments = data_of(self.buyer.post(f"/api/orders/{order['id']}/pay", Idempotency_Key="pay"), 200)
        assert self.buyer.pay_in_wechat(arguments) == "requestPayment:ok"
        assert [answer["status"] for answer in self.shop.deliver(order["orderNo"], copies=2)] == [200, 200]
        data_of(self.staff.get("/api/merchant/orders", status="paid"), 200)
        data_of(self.staff.get(f"/api/merchant/orders/{order['id']}"), 200)
        shipment = {"company": "SF", "trackingNo": "SF1234567890"}
        data_of(self.staff.post(f"/api/orders/{order['id']}/ship", shipment), 200)
        data_of(self.staff.put(f"/api/orders/{order['id']}/shipment", {"parcels": [shipment]}), 200)
        data_of(self.buyer.post(f"/api/orders/{order['id']}/confirm"), 200)
        assert self.buyer.read_order(order["id"])["status"] == "completed"
        for query in ({}, {"status": "completed"}):
            assert data_of(self.buyer.get("/api/orders", **query), 200)["pagination"]["total"] == 1

    def _orders_that_end_early(self) -> None:
        sku = self.shop.sku()
        cancelled, free = self.buyer.placed((sku, 1)), self.buyer.placed((self.shop.sku(price=0), 1))
        data_of(self.buyer.pay(cancelled["id"]), 200)
        data_of(self.buyer.post(f"/api/orders/{cancelled['id']}/cancel"), 200)
        assert data_of(self.buyer.pay(free["id"]), 200)["paid"]
        assert data_of(self.buyer.post(f"/api/orders/{free['id']}/cancel"), 200)["refundingAmount"] == 0
        refused(self.buyer.post(f"/api/orders/{free['id']}/cancel"), 40902)
        self._cancelled_after_payment()

    def _cancelled_after_payment(self) -> None:
        order = self.shop.paid_order(self.buyer, (self.shop.sku(), 1))
        assert data_of(self.buyer.post(f"/api/orders/{order['id']}/cancel"), 200)["refundingAmount"] == 1000
        settle(self.shop, next(iter(refunds_at_wechat(self.shop))))
        assert self.buyer.read_order(order["id"])["refundedAmount"] == 1000

    def _duties(self) -> None:
        """What WeChat wants of a shop besides selling."""
        data_of(self.staff.get("/api/merchant/delivery-companies"), 200)
        code = f"/api/products/{self.shop.product()['id']}/code"
        tag = self.shop.anonymous.get(code).headers["ETag"]
        assert self.shop.client.get(code, headers={"If-None-Match": tag}).status_code == 304
        take_messages(self.shop)
        path, body = push_letter(self.shop, {"Event": "trade_manage_remind_shipping", "merchant_trade_no": "1"})
        assert self.shop.client.get(f"{path}&echostr=4375120948").get_data() == b"4375120948"
        assert post(self.shop, (path, body)).status_code == 200

    def _audit_log(self) -> None:
        assert data_of(self.staff.get("/api/merchant/audit-log"), 200)["list"]
        assert self.staff.get("/api/merchant/audit-log/export").status_code == 200

    def _refusals(self) -> None:
        refused(self.buyer.order((self.shop.sku(stock=1), 2)), 40901)
        refused(self.shop.anonymous.get("/api/orders"), 401)
        refused(self.buyer.get("/api/orders", page="0"), 400)
        refused(self.shop.anonymous.post("/api/auth/login", {"code": "used"}), 40102)
        refused(self.shop.anonymous.post("/api/staff/login", {"username": "owner", "password": "wrong"}), 40104)
        refused(self.shop.staff(Role.CLERK).post("/api/products", {"name": "茶", "price": 1}), 403)
        forged = self.shop.client.post("/api/wechat/pay/notify", json={"id": "forged"})
        assert (forged.status_code, forged.get_json()["code"]) == (401, "FAIL")

    def _operators(self) -> None:
        for path in ("/health", "/readiness", "/metrics"):
            assert self.shop.client.get(path).status_code == 200

    def _logins_and_logouts(self) -> None:
        anonymous = self.shop.anonymous
        data_of(anonymous.post("/api/auth/refresh", {"refreshToken": self.buyer.refresh_token}), 200)
        username = data_of(self.staff.get("/api/staff/me"), 200)["username"]
        login = data_of(anonymous.post("/api/staff/login", {"username": username, "password": PASSWORD}), 200)
        data_of(anonymous.post("/api/staff/refresh", {"refreshToken": login["refreshToken"]}), 200)
        data_of(self.buyer.post("/api/auth/logout", {"all": True}), 200)
        data_of(self.staff.post("/api/staff/logout"), 200)
        refused(self.buyer.get("/api/auth/user"), 401)
