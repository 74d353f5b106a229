"""What must exist once: the numbers under which money moves, and the keys under which requests are repeated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from src.models.documents import BaseDocument
from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund
from src.services.audit.scopes import Scope

_UNIQUE: tuple[tuple[type[BaseDocument], Sequence[str]], ...] = (
    (Order, ["order_no"]),
    (Payment, ["out_trade_no"]),
    (Payment, ["transaction_id"]),
    (Refund, ["out_refund_no"]),
    (Order, ["user_id", "idempotency_key"]),
    (Refund, ["user_id", "idempotency_key"]),
)


def numbers_are_unique(scope: Scope) -> Iterator[str]:
    for document, fields in _UNIQUE:
        query = {**scope.within, fields[-1]: {"$exists": True}}
        rows = scope.view.rows(document, query, fields, order_by=fields)
        for before, after in pairwise(rows):
            if all(before.get(name) == after.get(name) for name in fields):
                number = " ".join(str(after.get(name)) for name in fields)
                yield f"{fields[-1]} {number} is that of {before['_id']} and of {after['_id']}"


def keyed_requests_have_a_fingerprint(scope: Scope) -> Iterator[str]:
    """Without it, another request with the same key would be answered with what the first one made."""
    query = {**scope.within, "idempotency_key": {"$exists": True}, "request_fingerprint": {"$exists": False}}
    for document in (Order, Refund):
        for row in scope.view.rows(document, query, ["idempotency_key"]):
            yield f"{document.__name__.lower()} {row['_id']} has the key {row['idempotency_key']} and no fingerprint"
