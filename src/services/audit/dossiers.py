"""Documents with all that belongs to them, read side by side from sorted streams: one at a time is in memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from bson import ObjectId

from src.models.documents import BaseDocument
from src.models.events import Event
from src.models.orders import Order
from src.models.payments import Payment
from src.models.products import Product
from src.models.reconciliations import Reconciliation
from src.models.refunds import Refund
from src.models.snapshots import Row, Snapshot
from src.models.stock import StockItem
from src.models.stock_moves import StockMove

_ORDER = (
    *("user_id", "order_no", "status", "total_amount", "refund_held", "refunded_amount", "payment_attempts"),
    *("freight_amount", "freight_held"),
    *("paid_at", "shipped_at", "completed_at", "cancelled_at", "shipment.company", "parcels.company"),
    *("repricings.before", "repricings.after"),
    *(f"items.{name}" for name in ("sku_id", "product_id", "price", "quantity", "amount")),
    *("items.refund_quantity", "items.refund_amount"),
    *(f"history.{name}" for name in ("seq", "source", "target", "reason", "at")),
)
_PAYMENT = (
    *("order_id", "user_id", "status", "live", "attempt", "amount_fen", "currency", "received_fen"),
    *("transaction_id", "succeeded_at", "held", "held_money", "event_seq"),
)
_REFUND = (
    *("order_id", "order_no", "user_id", "payment_id", "kind", "status", "asked_fen", "amount_fen", "restocked"),
    "freight_fen",
    *("refund_no", "out_refund_no", "former_nos", "due_at", "succeeded_at"),
    *(f"items.{name}" for name in ("sku_id", "quantity", "amount")),
    *(f"history.{name}" for name in ("seq", "source", "target", "at")),
)
_MOVE = ("order_id", "refund_id", "sku_id", "kind", "available_delta", "reserved_delta", "sold_delta")
_EVENT = ("aggregate_id", "seq", "type")
_PRODUCT = ("sold_out_skus", "in_stock", "sales", "price", "skus.id", "skus.price", "skus.retired")
_STOCK_ITEM = ("product_id", "available", "reserved", "sold", "received", "event_seq")


@dataclass(frozen=True)
class Dossier:
    """One document and the rows that name it, by what they are; without the document those rows are orphans.

    Its events from before `events_since` may have been forgotten.
    """

    subject: str
    id: ObjectId | None
    document: Row | None
    parts: Mapping[str, list[Row]]
    events_since: datetime

    @property
    def of(self) -> Row:
        """The document of a dossier that has one."""
        assert self.document is not None, "orphans are not asked"
        return self.document

    def __str__(self) -> str:
        return f"{self.subject} {self.id}"


@dataclass(frozen=True)
class Shelf:
    """The dossiers of one store."""

    view: Snapshot
    store_id: ObjectId
    events_since: datetime

    def orders(self) -> Iterator[Dossier]:
        moves = {"order_id": {"$exists": True}}
        return self._joined(
            "order",
            self._rows(Order, _ORDER, "_id"),
            payments=(self._rows(Payment, _PAYMENT, "order_id"), "order_id"),
            refunds=(self._rows(Refund, _REFUND, "order_id"), "order_id"),
            moves=(self._rows(StockMove, _MOVE, "order_id", moves), "order_id"),
            events=self._events("order"),
        )

    def refunds(self) -> Iterator[Dossier]:
        moves = {"refund_id": {"$exists": True}}
        return self._joined(
            "refund",
            self._rows(Refund, _REFUND, "_id"),
            moves=(self._rows(StockMove, _MOVE, "refund_id", moves), "refund_id"),
            events=self._events("refund"),
        )

    def payments(self) -> Iterator[Dossier]:
        return self._joined("payment", self._rows(Payment, _PAYMENT, "_id"), events=self._events("payment"))

    def skus(self) -> Iterator[Dossier]:
        return self._joined("sku", self._rows(StockItem, _STOCK_ITEM, "_id"), events=self._events("sku"))

    def reconciliations(self) -> Iterator[Dossier]:
        rows = self._rows(Reconciliation, ("event_seq",), "_id")
        return self._joined("reconciliation", rows, events=self._events("reconciliation"))

    def products(self) -> Iterator[Dossier]:
        items = self._rows(StockItem, _STOCK_ITEM, "product_id")
        return self._joined("product", self._rows(Product, _PRODUCT, "_id"), stock=(items, "product_id"))

    def moves(self) -> Iterator[Row]:
        """Yields the whole ledger, in no order."""
        return self.view.rows(StockMove, {"store_id": self.store_id}, _MOVE)

    def _events(self, aggregate: str) -> tuple[Iterator[Row], str]:
        return self._rows(Event, _EVENT, "aggregate_id", {"aggregate": aggregate}), "aggregate_id"

    def _rows(
        self, document: type[BaseDocument], fields: tuple[str, ...], sorted_by: str, query: Row | None = None
    ) -> Iterator[Row]:
        return self.view.rows(document, {"store_id": self.store_id, **(query or {})}, fields, order_by=[sorted_by])

    def _joined(self, subject: str, documents: Iterable[Row], **parts: tuple[Iterable[Row], str]) -> Iterator[Dossier]:
        for key, found in joined({"document": (documents, "_id"), **parts}):
            document = next(iter(found.pop("document")), None)
            yield Dossier(subject, key, document, found, self.events_since)


def joined(streams: Mapping[str, tuple[Iterable[Row], str]]) -> Iterator[tuple[ObjectId | None, dict[str, list[Row]]]]:
    """Yields each id that any of the streams has, with the rows of each stream that have it.

    A stream is sorted by the field that holds the id. What holds no id comes under None.
    """
    tagged = (_tagged(name, rows, field) for name, (rows, field) in streams.items())
    for key, group in groupby(heapq.merge(*tagged, key=itemgetter(0)), key=itemgetter(0)):
        found: dict[str, list[Row]] = {name: [] for name in streams}
        for _, name, row in group:
            found[name].append(row)
        yield ObjectId(key) if key else None, found


def _tagged(name: str, rows: Iterable[Row], field: str) -> Iterator[tuple[bytes, str, Row]]:
    for row in rows:
        key = row.get(field)
        yield key.binary if isinstance(key, ObjectId) else b"", name, row
