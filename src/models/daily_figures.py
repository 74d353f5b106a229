"""The figures of days that are over, added up once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, DictField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument
from src.utils.figures import Figures


class DailyFigures(StoreDocument):
    """One day (`2026-11-20`) of a store, as days are in `time_zone`.

    `total` are the day's figures, `hours` those of each hour that has any: the keys count whole hours since the day
    began, so that a day of 23 or 25 hours has as many.
    """

    meta = {"collection": "daily_figures", "indexes": [{"fields": ["store_id", "day"], "unique": True}]}

    day = StringField(required=True)
    time_zone = StringField(required=True)
    total = DictField()
    hours = DictField()
    added_up_at = DateTimeField(required=True)

    @classmethod
    def put(
        cls,
        store_id: ObjectId,
        day: str,
        time_zone: str,
        figures: tuple[Figures, dict[int, Figures]],
        *,
        now: datetime,
        session: ClientSession,
    ) -> None:
        """Stores the figures of the day and of its hours in place of what was stored of that day."""
        total, hours = figures
        values = {
            "time_zone": time_zone,
            "total": total.as_stored(),
            "hours": {str(hour): of_hour.as_stored() for hour, of_hour in hours.items()},
            "added_up_at": now,
        }
        cls.collection().update_one({"store_id": store_id, "day": day}, {"$set": values}, upsert=True, session=session)

    @classmethod
    def latest(cls, store_id: ObjectId) -> tuple[str, str] | None:
        """Returns the last day that was added up, with the time zone it was a day of."""
        wanted = {"_id": False, "day": True, "time_zone": True}
        raw = cls.collection().find_one({"store_id": store_id}, wanted, sort=[("day", -1)])
        return None if raw is None else (raw["day"], raw["time_zone"])

    @classmethod
    def added_up(cls, store_id: ObjectId, time_zone: str, first: str, last: str) -> set[str]:
        """Returns those of the days that were added up."""
        return {raw["day"] for raw in cls._between(store_id, time_zone, first, last, "_id")}

    @classmethod
    def totals(cls, store_id: ObjectId, time_zone: str, first: str, last: str) -> dict[str, Figures]:
        """Returns the figures of those days that were added up."""
        found = cls._between(store_id, time_zone, first, last, "total")
        return {raw["day"]: Figures.from_stored(raw["total"]) for raw in found}

    @classmethod
    def hourly(cls, store_id: ObjectId, time_zone: str, first: str, last: str) -> dict[str, dict[int, Figures]]:
        """Returns the figures of each hour, that has any, of those days that were added up."""
        found = cls._between(store_id, time_zone, first, last, "hours")
        return {
            raw["day"]: {int(hour): Figures.from_stored(stored) for hour, stored in raw["hours"].items()}
            for raw in found
        }

    @classmethod
    def forget(cls, store_id: ObjectId, *, session: ClientSession) -> None:
        cls.collection().delete_many({"store_id": store_id}, session=session)

    @classmethod
    def _between(cls, store_id: ObjectId, time_zone: str, first: str, last: str, part: str) -> list[dict[str, Any]]:
        query = {"store_id": store_id, "day": {"$gte": first, "$lte": last}}
        found = cls.collection().find(query, {"day": True, "time_zone": True, part: True})
        return [raw for raw in found if raw["time_zone"] == time_zone]
