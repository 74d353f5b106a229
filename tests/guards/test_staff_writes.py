"""Every object that staff or the platform write has exactly one entry in the audit log.

A new route must be entered here too.
"""

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
from src.services.accounts.callers import PlatformOperator, Shopper, StaffMember
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
    "POST /api/tenants": Action.STORE_CREATE,
    "PUT /api/tenants/<id:tenant_id>/settings": Action.STORE_EDIT,
    "POST /api/tenants/<id:tenant_id>/suspend": Action.STORE_SUSPEND,
    "POST /api/tenants/<id:tenant_id>/resume": Action.STORE_RESUME,
    "POST /api/tenants/<id:tenant_id>/owner-invitations": Action.STAFF_INVITE,
}
# They change nothing: who took data out of the store.
TAKING = {
    "GET /api/merchant/audit-log/export": Action.AUDIT_LOG_EXPORT,
    "GET /api/merchant/exports/<id:export_id>/file": Action.EXPORT_DOWNLOAD,
}
# With a code instead of a login: who has used it did it.
ACCEPTING = {"POST /api/staff/accept": (Action.STAFF_JOIN, Action.STAFF_PASSWORD_CHANGE)}
# What a write may bring with it, each with an entry of its own besides that of the write.
BROUGHT = {
    "POST /api/products": {Action.CATEGORY_CREATE},
    "PUT /api/products/<id:product_id>": {Action.CATEGORY_CREATE},
    "POST /api/staff/password": {Action.API_KEY_REVOKE},
    "POST /api/staff/accept": {Action.API_KEY_REVOKE, Action.STAFF_UNINVITE},
}
# What a job does for the member who started it, after the answer.
BROUGHT_LATER = {Action.PRODUCT_CREATE, Action.PRODUCT_EDIT, Action.STOCK_SET}
# With the reason.
UNRECORDED = {
    "POST /api/staff/logout": "ends the own login, which is nothing of the store's",
}
RECORDED = ACTIONS.keys() | ACCEPTING.keys() | TAKING.keys()
WRITES = ("POST", "PUT", "DELETE")
RECORDED_AUDIENCES = (Audience.STAFF, Audience.EITHER, Audience.PLATFORM)
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
        own = [entry for entry in self.entries if entry["action"] not in BROUGHT.get(self.route, ())]
        subjects = {entry["subject_id"] for entry in self.entries}
        if len(own) != 1 or len(subjects) != len(self.entries):
            return False
        told_by = self._is_told_by_who_accepts if self.caller is None else self._is_told_by_caller
        return all(told_by(entry, own[0]) for entry in self.entries)

    def _is_told_by_who_accepts(self, entry: dict[str, Any], own: dict[str, Any]) -> bool:
        actor = f"staff:{own['subject_id']}"
        return own["action"] in ACCEPTING[self.route] and (entry["actor"], entry["store_id"]) == (actor, self.store_id)

    def _is_told_by_caller(self, entry: dict[str, Any], own: dict[str, Any]) -> bool:
        rightly = own["action"] == (ACTIONS | TAKING)[self.route] and entry["actor"] == self.caller.subject
        if isinstance(self.caller, PlatformOperator):
            return rightly and str(entry["store_id"]) in self.named and str(entry["subject_id"]) in self.named
        return rightly and entry["store_id"] == self.store_id and str(entry["subject_id"]) in self.named


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
        if request.path.endswith("/audit-log/export"):
            named += f" {store_id}"
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


def recorded_writes() -> list[Route]:
    return [route for route in all_routes() if route.method in WRITES and route.policy.audience in RECORDED_AUDIENCES]


def test_every_write_has_an_action_or_a_reason() -> None:
    assert {str(route) for route in recorded_writes()} == ACTIONS.keys() | UNRECORDED.keys()
    assert not ACTIONS.keys() & UNRECORDED.keys()
    assert ACCEPTING.keys() | TAKING.keys() <= {str(route) for route in all_routes()}


def test_each_write_is_recorded_once_and_nothing_else_is(walked: Walked) -> None:
    calls, whole = walked.calls, walked.whole
    assert [call for call in calls if not call.is_told_rightly] == []
    # What shoppers, WeChat and jobs of nobody do is nobody's of the staff or the platform.
    recorded = {entry["_id"] for call in calls if call.is_recorded_write for entry in call.entries}
    entries = list(database()[AUDIT_LOG].find())
    later = [entry for entry in entries if entry["_id"] not in recorded]
    assert {(entry["action"] in BROUGHT_LATER, entry["actor"]) for entry in later} <= {
        (True, f"staff:{whole.staff.id}")
    }
    assert len({entry["subject_id"] for entry in later}) == len(later)
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
    alone = [names for names in written if set(names) == {entries}]
    assert len(alone) == sum(bool(call.entries) for call in walked.calls if call.route in TAKING) >= len(TAKING)
    brought = [names for names in written if names.count(entries) != 1]
    assert len(brought) > 0 < told - len(written)
    together_with = [{name.partition(".")[2] for name in names} for names in brought]
    assert all({"categories", "products"} <= names or {"staff", "api_keys"} <= names for names in together_with)


def oplog() -> Collection[dict[str, Any]]:
    """What the server has committed: a transaction is one document of it."""
    return client()["local"]["oplog.rs"]
