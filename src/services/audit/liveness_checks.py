"""What moves on by itself must not stand still. A finding says that nobody works, not that anything is wrong yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from src.models.documents import BaseDocument
from src.models.events import Event
from src.models.jobs import Job
from src.models.notifications import Notification
from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund
from src.models.schedules import Schedule
from src.models.snapshots import Row
from src.services.audit.inbox_checks import told_to
from src.services.audit.scopes import Scope, batches

_GRACE = timedelta(minutes=15)
# So long the money of a notification may be about something that we do not know yet.
_PATIENCE = timedelta(days=1)


def unpaid_orders_expire(scope: Scope) -> Iterator[str]:
    """An order whose money is held waits for staff, however long."""
    query = {**scope.within, "status": "pending", "expires_at": {"$lt": _late(scope)}}
    for batch in batches(scope.view.rows(Order, query, ["expires_at"])):
        held = {"held": True, "order_id": {"$in": [order["_id"] for order in batch]}}
        waiting = {payment["order_id"] for payment in scope.view.rows(Payment, held, ["order_id"])}
        for order in batch:
            if order["_id"] not in waiting:
                yield f"order {order['_id']} is pending; its time was over at {order['expires_at']:%F %T}"


def live_payments_are_asked_about(scope: Scope) -> Iterator[str]:
    yield from _overdue(scope, Payment, "query_due_at", {**scope.within, "live": True})


def refunds_are_driven(scope: Scope) -> Iterator[str]:
    yield from _overdue(scope, Refund, "due_at", scope.within)


def jobs_are_run(scope: Scope) -> Iterator[str]:
    """The lease of a job that runs is its `due_at`: when that is over, another worker takes it."""
    yield from _overdue(scope, Job, "due_at", {**scope.within, "state": {"$in": ["waiting", "running"]}})


def events_are_dispatched(scope: Scope) -> Iterator[str]:
    yield from _overdue(scope, Event, "occurred_at", {**scope.within, "pending": True})


def notifications_are_applied(scope: Scope) -> Iterator[str]:
    stored = {**told_to(scope), "outcome": "stored"}
    yield from _overdue(scope, Notification, "due_at", stored)
    for row in scope.view.rows(Notification, {**stored, "received_at": {"$lt": scope.now - _PATIENCE}}, ["tries"]):
        yield f"notification {row['_id']} is about nothing we know, after {row['tries']} tries"


def schedules_tick(scope: Scope) -> Iterator[str]:
    yield from _overdue(scope, Schedule, "due_at", {})


def _late(scope: Scope) -> datetime:
    return scope.now - _GRACE


def _overdue(scope: Scope, document: type[BaseDocument], field: str, query: Row) -> Iterator[str]:
    for row in scope.view.rows(document, {**query, field: {"$lt": _late(scope)}}, [field], order_by=[field]):
        yield f"{document.__name__.lower()} {row['_id']} has been due since {row[field]:%F %T}"
