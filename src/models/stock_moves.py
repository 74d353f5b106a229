"""The append-only ledger of stock: one row for each time a SKU's counters moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, EnumField, IntField, ObjectIdField, StringField

from src.models.documents import StoreDocument
from src.models.stock import StockItem
from src.utils.pages import Page, PageRequest

# Of one SKU `created_at` never goes back, and `seq` tells rows of one moment apart.
NEWEST_FIRST = [("created_at", -1), ("seq", -1), ("_id", -1)]


class MoveKind(StrEnum):
    """adjust: staff counted a difference. set: staff counted all. receive: goods came. write_off: goods are lost."""

    RECEIVE = "receive"
    ADJUST = "adjust"
    SET = "set"
    WRITE_OFF = "write_off"
    RESERVE = "reserve"
    RELEASE = "release"
    SELL = "sell"
    RESELL = "resell"
    RESTOCK = "restock"


# How a move of one unit changes (available, reserved, sold).
_DIRECTIONS: dict[MoveKind, tuple[int, int, int]] = {
    MoveKind.RECEIVE: (1, 0, 0),
    MoveKind.ADJUST: (1, 0, 0),
    MoveKind.SET: (1, 0, 0),
    MoveKind.WRITE_OFF: (-1, 0, 0),
    MoveKind.RESERVE: (-1, 1, 0),
    MoveKind.RELEASE: (1, -1, 0),
    MoveKind.SELL: (0, -1, 1),
    MoveKind.RESELL: (-1, 0, 1),
    MoveKind.RESTOCK: (1, 0, -1),
}


@dataclass(frozen=True)
class StockCause:
    """Why stock moved: an order, a refund, or a person with a reason. `reference` is a document outside the shop."""

    order_id: ObjectId | None = None
    refund_id: ObjectId | None = None
    staff_id: ObjectId | None = None
    reason: str = ""
    reference: str = ""


@dataclass(frozen=True)
class MoveFilter:
    """Which moves are wanted: from `since` on and before `until`; None is any."""

    sku_id: ObjectId | None = None
    kind: MoveKind | None = None
    since: datetime | None = None
    until: datetime | None = None

    def query(self, store_id: ObjectId) -> dict[str, Any]:
        of_sku = {} if self.sku_id is None else {"sku_id": self.sku_id}
        within = {"$gte": self.since, "$lt": self.until}
        period = {bound: at for bound, at in within.items() if at is not None}
        # Every kind is named where any will do: so one index has the moves sorted with and without a kind.
        kinds = [self.kind.value] if self.kind else [kind.value for kind in MoveKind]
        return {"store_id": store_id, **of_sku, "kind": {"$in": kinds}, **({"created_at": period} if period else {})}


class StockMove(StoreDocument):
    """One ledger row. The sums of its deltas over all rows of a SKU equal the SKU's counters.

    `available_after` is what was available right after the move, `seq` which move of its SKU it was; rows of an
    earlier release have neither.
    """

    meta = {
        "collection": "stock_moves",
        "indexes": [
            ["store_id", "sku_id", "kind", "-created_at", "-seq", "-_id"],
            ["store_id", "kind", "-created_at", "-seq", "-_id"],
            {
                "fields": ["order_id", "sku_id", "kind"],
                "unique": True,
                "partialFilterExpression": {"order_id": {"$exists": True}},
            },
            {
                "fields": ["refund_id", "sku_id"],
                "unique": True,
                "partialFilterExpression": {"refund_id": {"$exists": True}},
            },
        ],
    }

    sku_id = ObjectIdField(required=True)
    product_id = ObjectIdField(required=True)
    kind = EnumField(MoveKind, required=True)
    available_delta = IntField(required=True)
    reserved_delta = IntField(required=True)
    sold_delta = IntField(required=True)
    available_after = IntField()
    seq = IntField()
    order_id = ObjectIdField()
    refund_id = ObjectIdField()
    staff_id = ObjectIdField()
    reason = StringField()
    reference = StringField()
    created_at = DateTimeField(required=True)

    @classmethod
    def of(cls, item: StockItem, kind: MoveKind, quantity: int, *, cause: StockCause) -> StockMove:
        """Returns the row of the move that led to `item`, to be inserted; its time is that of the counters.

        An order moves a SKU at most once in each way, a refund once.
        """
        available, reserved, sold = _DIRECTIONS[kind]
        return cls(
            store_id=item.store_id,
            product_id=item.product_id,
            sku_id=item.id,
            kind=kind,
            available_delta=available * quantity,
            reserved_delta=reserved * quantity,
            sold_delta=sold * quantity,
            available_after=item.available,
            seq=item.move_seq,
            order_id=cause.order_id,
            refund_id=cause.refund_id,
            staff_id=cause.staff_id,
            reason=cause.reason,
            reference=cause.reference or None,
            created_at=item.updated_at,
        )

    @classmethod
    def page_in_store(cls, store_id: ObjectId, wanted: MoveFilter, page: PageRequest) -> Page[StockMove]:
        """Returns one page of the wanted moves, the newest first."""
        query = wanted.query(store_id)
        keys = [name for name in query if name != "created_at"]
        return cls.find_page(query, NEWEST_FIRST, page, index=[*((name, 1) for name in keys), *NEWEST_FIRST])

    @classmethod
    def list_of_order(cls, store_id: ObjectId, order_id: ObjectId, refund_ids: list[ObjectId]) -> list[StockMove]:
        """Returns the moves of an order and of its refunds, the oldest first."""
        causes: list[dict[str, Any]] = [{"order_id": order_id}]
        causes += [{"refund_id": refund_id} for refund_id in refund_ids]
        found = cls.collection().find({"$or": causes, "store_id": store_id})
        moves = [cls._from_son(raw) for raw in found]
        return sorted(moves, key=lambda move: (move.created_at, move.sku_id, move.seq or 0, move.id))
