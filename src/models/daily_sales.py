"""What was sold on days that are over, and what sells best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import nsmallest
from struct import Struct

from bson import ObjectId
from mongoengine import BinaryField, EnumField, IntField, StringField
from pymongo import DeleteMany, UpdateOne
from pymongo.client_session import ClientSession

from src.models.documents import MAX_TIME_MS, StoreDocument
from src.models.sold_lines import Sold, Sums

# The id of a product or a category, units, and fen.
_ROW = Struct("<12sQQ")
_NONE = bytes(12)
# So many rows are kept in one document: half of what fits.
_ROWS_OF_PART = 300_000


class Kind(StrEnum):
    """Of what the sales were added up."""

    PRODUCT = "product"
    CATEGORY = "category"


class DailySales(StoreDocument):
    """What was paid for of each product, or of each category, on one day: `rows` are packed one after the other.

    A document each, instead of one for every product and day, is what makes a ranking of many days cheap.
    """

    meta = {
        "collection": "sales_of_days",
        "indexes": [{"fields": ["store_id", "kind", "day", "part"], "unique": True}],
    }

    kind = EnumField(Kind, required=True)
    day = StringField(required=True)
    part = IntField(required=True)
    rows = BinaryField(required=True)

    @classmethod
    def replace(cls, store_id: ObjectId, day: str, sold: Sold, *, session: ClientSession) -> None:
        """Stores what was sold on the day in place of what was stored of it."""
        writes: list[UpdateOne | DeleteMany] = []
        for kind, sums in ((Kind.PRODUCT, sold.by_product()), (Kind.CATEGORY, sold.by_category())):
            of_day, parts = {"store_id": store_id, "kind": kind.value, "day": day}, _packed(sums)
            writes += [
                UpdateOne({**of_day, "part": part}, {"$set": {"rows": rows}}, upsert=True)
                for part, rows in enumerate(parts)
            ]
            writes.append(DeleteMany({**of_day, "part": {"$gte": len(parts)}}))
        cls.collection().bulk_write(writes, session=session)

    @classmethod
    def forget(cls, store_id: ObjectId, *, session: ClientSession) -> None:
        cls.collection().delete_many({"store_id": store_id}, session=session)


@dataclass(frozen=True)
class SalesSource:
    """Where sales of some days are found: days that were added up, and what was sold on the others."""

    store_id: ObjectId
    days: Sequence[str]
    open_days: Sold


@dataclass(frozen=True)
class Seller:
    """A product or a category with what was paid for; a category of None is none."""

    id: ObjectId | None
    quantity: int
    amount: int


def best_sellers(source: SalesSource, kind: Kind, measure: str, *, limit: int) -> list[Seller]:
    """Returns those with the most `quantity` or `amount`, of equals the ones with the lower id."""
    query = {"store_id": source.store_id, "kind": kind.value, "day": {"$in": list(source.days)}}
    found = DailySales.collection().find(query, {"_id": False, "rows": True}).max_time_ms(MAX_TIME_MS)
    sold = source.open_days.by_product() if kind is Kind.PRODUCT else source.open_days.by_category()
    parts = [*(raw["rows"] for raw in found), *_packed(sold)]
    by_quantity = measure == "quantity"
    most = _added_up(parts, by_quantity=by_quantity)
    best = nsmallest(limit, most, key=lambda packed: (-most[packed], packed))
    others = _added_up(parts, by_quantity=not by_quantity, only=frozenset(best))
    quantities, amounts = (most, others) if by_quantity else (others, most)
    return [Seller(_id_of(packed), quantities[packed], amounts[packed]) for packed in best]


def _added_up(parts: Iterable[bytes], *, by_quantity: bool, only: frozenset[bytes] | None = None) -> dict[bytes, int]:
    """Returns units or fen by packed id. There may be hundreds of thousands of rows: each does as little as it can."""
    added: dict[bytes, int] = {}
    known = added.get
    for part in parts:
        for packed, quantity, amount in _ROW.iter_unpack(part):
            if only is None or packed in only:
                added[packed] = known(packed, 0) + (quantity if by_quantity else amount)
    return added


def _packed(sums: Mapping[ObjectId | None, Sums]) -> list[bytes]:
    rows = [_ROW.pack(_NONE if one is None else one.binary, *added) for one, added in sums.items()]
    return [b"".join(rows[start : start + _ROWS_OF_PART]) for start in range(0, len(rows), _ROWS_OF_PART)]


def _id_of(packed: bytes) -> ObjectId | None:
    return None if packed == _NONE else ObjectId(packed)
