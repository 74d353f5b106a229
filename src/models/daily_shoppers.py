"""Who bought on days that are over: what counts shoppers of several days once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from bson import ObjectId
from mongoengine import BinaryField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument

_ID_BYTES = 12
# As many ids as fit into one document, and some room. A day with more is summed from the orders each time.
MOST_PEOPLE = 1_000_000


@dataclass(frozen=True)
class Shoppers:
    """Ids of users as bytes: those who paid, and those who placed an order and did not pay."""

    paid: frozenset[bytes] = field(default_factory=frozenset)
    idle: frozenset[bytes] = field(default_factory=frozenset)


NOBODY = Shoppers()


class DailyShoppers(StoreDocument):
    """The shoppers of one day (`2026-11-20`), as days are in `time_zone`; their ids one after the other.

    `idle` placed an order and did not pay on that day.
    """

    meta = {"collection": "daily_shoppers", "indexes": [{"fields": ["store_id", "day"], "unique": True}]}

    day = StringField(required=True)
    time_zone = StringField(required=True)
    paid = BinaryField(required=True)
    idle = BinaryField(required=True)

    @classmethod
    def put(cls, store_id: ObjectId, day: str, time_zone: str, shoppers: Shoppers, *, session: ClientSession) -> None:
        """Stores the shoppers of the day in place of what was stored of it; nothing if they are too many."""
        of_day = {"store_id": store_id, "day": day}
        if len(shoppers.paid) + len(shoppers.idle) > MOST_PEOPLE:
            cls.collection().delete_one(of_day, session=session)
            return
        values = {
            "time_zone": time_zone,
            "paid": _joined(shoppers.paid),
            "idle": _joined(shoppers.idle),
        }
        cls.collection().update_one(of_day, {"$set": values}, upsert=True, session=session)

    @classmethod
    def between(cls, store_id: ObjectId, time_zone: str, first: str, last: str) -> dict[str, Shoppers]:
        """Returns the shoppers of those of the days that are stored."""
        found = cls.collection().find({"store_id": store_id, "day": {"$gte": first, "$lte": last}})
        mine = (raw for raw in found if raw["time_zone"] == time_zone)
        return {raw["day"]: Shoppers(_split(raw["paid"]), _split(raw["idle"])) for raw in mine}

    @classmethod
    def forget(cls, store_id: ObjectId, *, session: ClientSession) -> None:
        cls.collection().delete_many({"store_id": store_id}, session=session)


def _joined(ids: Collection[bytes]) -> bytes:
    return b"".join(sorted(ids))


def _split(joined: bytes) -> frozenset[bytes]:
    return frozenset(joined[start : start + _ID_BYTES] for start in range(0, len(joined), _ID_BYTES))
