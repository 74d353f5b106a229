"""Every object that staff write has exactly one entry in the audit log. A new route must be entered here too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask, Response, g, request, request_finished
from pymongo.collection import Collection

from ecosystem.sandbox.server import RunningSandbox
from src.middleware.context import caller
from src.middleware.policies import Audience
from src.middleware.request_id import HEADER
from src.models.connection import client, database
from src.services.accounts.callers import Shopper, StaffMember
from src.utils.actions import Action
from tests.factories.routes import Route, all_routes
from tests.factories.shared_shop import only_shop
from tests.factories.shop import ADDRESS, PASSWORD
from tests.factories.whole_shop import PHONE, WholeShop

ACTIONS = {
    "POST /api/products": Action.PRODUCT_CREATE,
    "PUT /api/products/<id:product_id>": Action.PRODUCT_EDIT,
    "DELETE /api/products/<id:product_id>": Action.PRODUCT_DELETE,
    "POST /api/merchant/skus/<id:sku_id>/stock": Action.STOCK_ADJUST,
    "PUT /api/merchant/skus/<id:sku_id>/stock": Action.STOCK_SET,
    "POST /api/merchant/skus/<id:sku_id>/receive": Action.STOCK_RECEIVE,
    "POST /api/merchant/skus/<id:sku_id>/write-off": Action.STOCK_WRITE_OFF,
    "PUT /api/merchant/skus/<id:sku_id>/low-stock-threshold": Action.STOCK_THRESHOLD,
    "PUT /api/merchant/orders/<id:order_id>/note": Action.ORDER_NOTE,
    "POST /api/merchant/orders/<id:order_id>/reprice": Action.ORDER_REPRICE,
    "POST /api/orders/<id:order_id>/ship": Action.ORDER_SHIP,
    "PUT /api/orders/<id:order_id>/shipment": Action.ORDER_CORRECT_SHIPMENT,
    "POST /api/merchant/refunds/<id:refund_id>/approve": Action.REFUND_APPROVE,
    "POST /api/merchant/refunds/<id:refund_id>/reject": Action.REFUND_REJECT,
    "POST /api/merchant/refunds/<id:refund_id>/receive": Action.REFUND_RECEIVE,
    "POST /api/merchant/refunds/<id:refund_id>/retry": Action.REFUND_RETRY,
    "POST /api/merchant/refunds/<id:refund_id>/settle-outside": Action.REFUND_SETTLE_OUTSIDE,
    "POST /api/merchant/payments/<id:payment_id>/send-back": Action.PAYMENT_SEND_BACK,
    "POST /api/merchant/webhooks": Action.WEBHOOK_CREATE,
    "PUT /api/merchant/webhooks/<id:webhook_id>": Action.WEBHOOK_EDIT,
    "DELETE /api/merchant/webhooks/<id:webhook_id>": Action.WEBHOOK_DELETE,
    "POST /api/merchant/webhooks/<id:webhook_id>/rotate-secret": Action.WEBHOOK_ROTATE_SECRET,
    "POST /api/merchant/webhooks/<id:webhook_id>/ping": Action.WEBHOOK_PING,
    "POST /api/merchant/webhooks/deliveries/<id:delivery_id>/redeliver": Action.WEBHOOK_REDELIVER,
    "POST /api/jobs/<id:job_id>/retry": Action.JOB_RETRY,
    "POST /api/merchant/text-reviews/<id:review_id>/approve": Action.TEXT_DECIDE,
    "POST /api/merchant/text-reviews/<id:review_id>/reject": Action.TEXT_DECIDE,
    "POST /api/uploads/single": Action.MEDIA_UPLOAD,
    "POST /api/uploads/multiple": Action.MEDIA_UPLOAD,
    "POST /api/uploads/presign": Action.MEDIA_PRESIGN,
    "POST /api/uploads/confirm": Action.MEDIA_UPLOAD,
    "POST /api/products/<id:product_id>/duplicate": Action.PRODUCT_DUPLICATE,
    "POST /api/products/batch/category": Action.PRODUCT_BATCH,
    "POST /api/products/batch/delete": Action.PRODUCT_BATCH,
    "POST /api/products/batch/price": Action.PRODUCT_BATCH,
    "POST /api/products/batch/publish": Action.PRODUCT_BATCH,
    "POST /api/products/batch/withdraw": Action.PRODUCT_BATCH,
    "POST /api/merchant/categories": Action.CATEGORY_CREATE,
    "PUT /api/merchant/categories/<id:category_id>": Action.CATEGORY_EDIT,
    "DELETE /api/merchant/categories/<id:category_id>": Action.CATEGORY_DELETE,
    "POST /api/merchant/brands": Action.BRAND_CREATE,
    "PUT /api/merchant/brands/<id:brand_id>": Action.BRAND_EDIT,
    "DELETE /api/merchant/brands/<id:brand_id>": Action.BRAND_DELETE,
    "POST /api/merchant/staff/invitations": Action.STAFF_INVITE,
    "DELETE /api/merchant/staff/invitations/<id:invitation_id>": Action.STAFF_UNINVITE,
    "PUT /api/merchant/staff/<id:staff_id>": Action.STAFF_EDIT,
    "POST /api/merchant/staff/<id:staff_id>/disable": Action.STAFF_DISABLE,
    "POST /api/merchant/staff/<id:staff_id>/enable": Action.STAFF_ENABLE,
    "POST /api/merchant/staff/<id:staff_id>/password-reset": Action.STAFF_PASSWORD_RESET,
    "DELETE /api/merchant/staff/<id:staff_id>/sessions": Action.STAFF_LOGINS_END,
    "DELETE /api/merchant/staff/<id:staff_id>/sessions/<id:login_id>": Action.STAFF_LOGINS_END,
    "DELETE /api/merchant/staff/<id:staff_id>/totp": Action.STAFF_SECOND_FACTOR_OFF,
    "POST /api/staff/password": Action.STAFF_PASSWORD_CHANGE,
    "DELETE /api/staff/sessions/<id:own_login_id>": Action.STAFF_LOGINS_END,
    "POST /api/staff/totp": Action.STAFF_SECOND_FACTOR_BEGIN,
    "POST /api/staff/totp/confirm": Action.STAFF_SECOND_FACTOR_ON,
    "POST /api/staff/totp/disable": Action.STAFF_SECOND_FACTOR_OFF,
    "POST /api/merchant/api-keys": Action.API_KEY_CREATE,
    "DELETE /api/merchant/api-keys/<id:key_id>": Action.API_KEY_REVOKE,
    "POST /api/merchant/imports": Action.IMPORT_UPLOAD,
    "POST /api/merchant/imports/<id:import_id>/run": Action.IMPORT_RUN,
    "POST /api/merchant/exports": Action.EXPORT_REQUEST,
}
# With a code instead of a login: who has used it did it.
ACCEPTING = {"POST /api/staff/accept": (Action.STAFF_JOIN, Action.STAFF_PASSWORD_CHANGE)}
# What a write may bring with it, each with an entry of its own besides that of the write.
BROUGHT = {
    "POST /api/products": Action.CATEGORY_CREATE,
    "PUT /api/products/<id:product_id>": Action.CATEGORY_CREATE,
}
# With the reason.
UNRECORDED = {
    "POST /api/staff/logout": "ends the own login, which is nothing of the store's",
}
RECORDED = ACTIONS.keys() | ACCEPTING.keys()
WRITES = ("POST", "PUT", "DELETE")
OF_STAFF = (Audience.STAFF, Audience.EITHER)
AUDIT_LOG = "audit_log"


@dataclass(frozen=True)
class Call:
    """A request that was answered, with what the audit log has under its id. `named`: where its subject stands."""

    route: str
    status: int
    store_id: Any
    caller: Any
    named: str
    entries: list[dict[str, Any]]

    @property
    def is_recorded_write(self) -> bool:
        known = self.route in RECORDED and self.status < 300
        return known and not isinstance(self.caller, Shopper)

    @property
    def is_told_rightly(self) -> bool:
        if not self.is_recorded_write:
            return self.entries == []
        own = [entry for entry in self.entries if entry["action"] != BROUGHT.get(self.route)]
        subjects = {entry["subject_id"] for entry in self.entries}
        return len(own) == 1 and len(subjects) == len(self.entries) and all(map(self._is_told_by, self.entries))

    def _is_told_by(self, entry: dict[str, Any]) -> bool:
        if self.caller is None:
            return entry["action"] in ACCEPTING[self.route] and entry["actor"] == f"staff:{entry['subject_id']}"
        told = (entry["action"], entry["actor"], entry["store_id"])
        possible = {ACTIONS[self.route], BROUGHT.get(self.route)}
        by_caller = told[0] in possible and told[1:] == (self.caller.subject, self.store_id)
        return by_caller and str(entry["subject_id"]) in self.named


class Calls:
    """Notes each call at its end."""

    def __init__(self) -> None:
        self.all: list[Call] = []

    def note(self, sender: Flask, response: Response, **extra: Any) -> None:
        route = f"{request.method} {request.url_rule and request.url_rule.rule}"
        entries = list(database()[AUDIT_LOG].find({"request_id": response.headers[HEADER]}))
        is_new = response.is_json and (not request.view_args or response.status_code == 201)
        named = _named(response.get_data(as_text=True) if is_new else "")
        store_id = getattr(g.get("store"), "id", None)
        self.all.append(Call(route, response.status_code, store_id, caller(), named, entries))


def _named(answer: str) -> str:
    """Returns the ids of the path, beside the answer about what is new; of the own account the caller's id."""
    known, ids = caller(), [str(value) for value in (request.view_args or {}).values()]
    own = [str(known.staff_id)] if isinstance(known, StaffMember) and request.path.startswith("/api/staff/") else []
    return " ".join([*ids, *own, answer])


@contextmanager
def noting(app: Flask) -> Iterator[Calls]:
    calls = Calls()
    with request_finished.connected_to(calls.note, app):
        yield calls


@dataclass(frozen=True)
class Walked:
    """A shop in which every operation was called. `begun`: where the oplog was before."""

    whole: WholeShop
    calls: list[Call]
    begun: Any


@pytest.fixture(scope="module")
def walked(app: Flask, running_wechat: RunningSandbox) -> Walked:
    whole = WholeShop.open(only_shop(app, running_wechat))
    newest = oplog().find_one(sort=[("$natural", -1)])
    assert newest is not None
    with noting(app) as calls:
        whole.walk()
    return Walked(whole, calls.all, newest["ts"])


def writes_of_staff() -> list[Route]:
    return [route for route in all_routes() if route.method in WRITES and route.policy.audience in OF_STAFF]


def test_every_staff_write_has_an_action_or_a_reason() -> None:
    assert {str(route) for route in writes_of_staff()} == ACTIONS.keys() | UNRECORDED.keys()
    assert not ACTIONS.keys() & UNRECORDED.keys()
    assert ACCEPTING.keys() <= {str(route) for route in all_routes()}


def test_each_write_of_staff_is_recorded_once_and_nothing_else_is(walked: Walked) -> None:
    calls, whole = walked.calls, walked.whole
    assert [call for call in calls if not call.is_told_rightly] == []
    # What shoppers, WeChat and jobs do is nobody's of the staff.
    recorded = sum(len(call.entries) for call in calls if call.is_recorded_write)
    entries = list(database()[AUDIT_LOG].find())
    assert len(entries) == recorded
    unwanted = (whole.webhook_secret, whole.api_key, PASSWORD, PHONE, ADDRESS["phone"], ADDRESS["detail"])
    assert [text for text in unwanted if text in str(entries)] == []
    assert {call.route for call in calls if call.is_recorded_write} == RECORDED


def test_each_entry_is_written_in_the_transaction_of_a_change(walked: Walked) -> None:
    entries, since = f"{database().name}.{AUDIT_LOG}", {"ts": {"$gt": walked.begun}}
    assert oplog().count_documents({**since, "ns": entries, "op": {"$in": ["i", "u"]}}) == 0
    together = oplog().find({**since, "o.applyOps.ns": entries})
    written = [[operation["ns"] for operation in transaction["o"]["applyOps"]] for transaction in together]
    told = sum(names.count(entries) for names in written)
    assert told == database()[AUDIT_LOG].count_documents({}) > len(ACTIONS)
    # As many of what was brought along as entries besides the own one.
    assert [names for names in written if set(names) == {entries}] == []
    brought = [names for names in written if names.count(entries) != 1]
    assert len(brought) == told - len(written) > 0
    assert all({f"{database().name}.categories", f"{database().name}.products"} <= set(names) for names in brought)


def oplog() -> Collection[dict[str, Any]]:
    """What the server has committed: a transaction is one document of it."""
    return client()["local"]["oplog.rs"]
