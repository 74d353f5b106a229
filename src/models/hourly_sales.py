"""What was sold in busy hours of days that are not added up yet."""

from __future__ import annotations

from bson import ObjectId
from mongoengine import IntField, ListField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument
from src.models.sold_lines import Sold

# As many rows as fit into one document, with room to spare. An hour with more is summed from its orders each time.
_MOST_ROWS = 100_000
# The number of an hour, counted from the beginning of its day, such as `2026-11-20`.
HourOfDay = tuple[str, int]


class HourlySales(StoreDocument):
    """One hour of a day, as days are in `time_zone`; `rows` are a product, its category, units and fen each."""

    meta = {"collection": "hourly_sales", "indexes": [{"fields": ["store_id", "day", "hour"], "unique": True}]}

    day = StringField(required=True)
    hour = IntField(required=True)
    time_zone = StringField(required=True)
    rows = ListField()

    @classmethod
    def put(cls, store_id: ObjectId, hour_of_day: HourOfDay, time_zone: str, sold: Sold) -> None:
        """Stores what was sold in the hour in place of what was stored of it; nothing if it is too much."""
        if len(sold.sums) > _MOST_ROWS:
            return
        day, hour = hour_of_day
        rows = [[*filed, *sums] for filed, sums in sold.sums.items()]
        query = {"store_id": store_id, "day": day, "hour": hour}
        cls.collection().update_one(query, {"$set": {"time_zone": time_zone, "rows": rows}}, upsert=True)

    @classmethod
    def hours(cls, store_id: ObjectId, time_zone: str, day: str) -> set[int]:
        """Returns those of the day's hours that are stored."""
        found = cls.collection().find({"store_id": store_id, "day": day}, {"hour": 1, "time_zone": 1})
        return {raw["hour"] for raw in found if raw["time_zone"] == time_zone}

    @classmethod
    def between(cls, store_id: ObjectId, time_zone: str, first: str, last: str) -> dict[HourOfDay, Sold]:
        """Returns what was sold in the hours that are stored of these days."""
        found = cls.collection().find({"store_id": store_id, "day": {"$gte": first, "$lte": last}})
        return {(raw["day"], raw["hour"]): _sold(raw["rows"]) for raw in found if raw["time_zone"] == time_zone}

    @classmethod
    def forget(cls, store_id: ObjectId, time_zone: str, day: str, *, session: ClientSession | None) -> None:
        """Forgets the hours of the day, and those of all days of another time zone."""
        outdated = {"$or": [{"day": day}, {"time_zone": {"$ne": time_zone}}]}
        cls.collection().delete_many({"store_id": store_id, **outdated}, session=session)


def _sold(rows: list[list[ObjectId | int | None]]) -> Sold:
    sold = Sold()
    for product_id, category_id, quantity, amount in rows:
        sold.sums[(product_id, category_id)] = (quantity, amount)  # type: ignore[index,assignment]
    return sold
