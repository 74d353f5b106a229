"""The audit log: who did what to which object of a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, EnumField, ListField, ObjectIdField, StringField

from src.models.documents import StoreDocument
from src.utils.actions import Action
from src.utils.pages import Page, PageRequest

_NEWEST_FIRST = [("created_at", -1), ("_id", -1)]
_FETCHED_AT_ONCE = 100


@dataclass(frozen=True)
class AuditLogFilter:
    """Which entries are wanted: from `since` on and before `until`; None is any."""

    actor: str | None = None
    action: Action | None = None
    subject_id: ObjectId | None = None
    since: datetime | None = None
    until: datetime | None = None

    def query(self, store_id: ObjectId) -> dict[str, Any]:
        action = self.action.value if self.action else None
        equal = {"actor": self.actor, "action": action, "subject_id": self.subject_id}
        within = {"$gte": self.since, "$lt": self.until}
        period = {bound: at for bound, at in within.items() if at is not None}
        wanted = {name: value for name, value in equal.items() if value is not None}
        return {"store_id": store_id, **wanted, **({"created_at": period} if period else {})}


class AuditLogEntry(StoreDocument):
    """One write of staff, or of those who run the platform, stored in the transaction of what it changed.

    Never changed, and deleted by age alone.
    `changes` holds a document per changed field: {field, before, after}; secrets never get here.
    """

    meta = {
        "collection": "audit_log",
        "indexes": [
            ["store_id", "-created_at", "-_id"],
            ["store_id", "actor", "-created_at", "-_id"],
            ["store_id", "action", "-created_at", "-_id"],
            ["store_id", "actor", "action", "-created_at", "-_id"],
            ["store_id", "subject_id", "-created_at", "-_id"],
            ["created_at"],
        ],
    }

    actor = StringField(required=True)
    action = EnumField(Action, required=True)
    subject_kind = StringField(required=True)
    subject_id = ObjectIdField(required=True)
    changes = ListField()
    request_id = StringField(required=True)
    created_at = DateTimeField(required=True)

    @classmethod
    def of(
        cls,
        store_id: ObjectId,
        *,
        actor: str,
        action: Action,
        subject_kind: str,
        subject_id: ObjectId,
        changes: list[dict[str, Any]],
        request_id: str,
        now: datetime,
    ) -> AuditLogEntry:
        return cls(
            store_id=store_id,
            actor=actor,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            changes=changes,
            request_id=request_id,
            created_at=now,
        )

    @classmethod
    def page_in_store(cls, store_id: ObjectId, wanted: AuditLogFilter, page: PageRequest) -> Page[AuditLogEntry]:
        """Returns one page of the wanted entries, the newest first."""
        return cls.find_page(wanted.query(store_id), _NEWEST_FIRST, page)

    @classmethod
    def each_in_store(cls, store_id: ObjectId, wanted: AuditLogFilter) -> Iterator[AuditLogEntry]:
        """Yields the wanted entries, the newest first; few of them are in memory at a time."""
        with cls.collection().find(wanted.query(store_id), batch_size=_FETCHED_AT_ONCE).sort(_NEWEST_FIRST) as found:
            for raw in found:
                yield cls._from_son(raw)

    @classmethod
    def purge(cls, before: datetime, *, limit: int) -> int:
        """Forgets at most `limit` entries that were made before that time; returns how many."""
        old = cls.collection().find({"created_at": {"$lt": before}}, {"_id": 1}).sort("created_at", 1).limit(limit)
        return cls.collection().delete_many({"_id": {"$in": [raw["_id"] for raw in old]}}).deleted_count
