"""Files of a store's products, orders, stock moves or reconciliations, kept for a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, DictField, EnumField, IntField, ObjectIdField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument
from src.utils.sheet_kinds import ExportKind, ExportState, Language, SheetFormat


class Export(StoreDocument):
    """One file, which somebody has asked for.

    It lies in the object store in pieces below `prefix`, which nobody can guess: those of the attempt `attempt`.
    `written` counts the pieces of every attempt, so that all of them are found when the file goes.
    """

    meta = {
        "collection": "exports",
        "indexes": [["store_id", "state"], ["state", "expires_at"]],
    }

    kind = EnumField(ExportKind, required=True)
    written_as = EnumField(SheetFormat, required=True)
    language = EnumField(Language, required=True)
    filters = DictField()
    state = EnumField(ExportState, required=True)
    reason = StringField(default="")
    staff_id = ObjectIdField(required=True)
    prefix = StringField(required=True)
    attempt = IntField(required=True, default=0)
    written = DictField()
    done = IntField(required=True, default=0)
    total = IntField()
    size = IntField(required=True, default=0)
    created_at = DateTimeField(required=True)
    finished_at = DateTimeField()
    # Of a waiting one: when nobody waits for it any more.
    expires_at = DateTimeField(required=True)

    @property
    def progress(self) -> dict[str, int | None]:
        return {"done": self.done, "total": self.total}

    @property
    def pieces(self) -> list[str]:
        """The names of the file's pieces in their order."""
        return [self.piece(self.attempt, number) for number in range(self.written.get(str(self.attempt), 0))]

    @property
    def all_pieces(self) -> list[str]:
        return [self.piece(int(attempt), n) for attempt, count in self.written.items() for n in range(count)]

    def piece(self, attempt: int, number: int) -> str:
        return f"{self.prefix}/{attempt}/{number:04}"

    @classmethod
    def find_in_store(cls, store_id: ObjectId, export_id: ObjectId) -> Export | None:
        return cls.find_document({"_id": export_id, "store_id": store_id})

    @classmethod
    def count_waiting(cls, store_id: ObjectId, *, session: ClientSession) -> int:
        query = {"store_id": store_id, "state": ExportState.WAITING.value}
        return cls.collection().count_documents(query, session=session)

    def note(self, values: Mapping[str, Any]) -> bool:
        """Sets `values` while the export is waiting; returns whether it is."""
        query = {"_id": self.id, "state": ExportState.WAITING.value}
        return self.collection().update_one(query, {"$set": dict(values)}).matched_count == 1

    def begin(self, total: int) -> None:
        """Notes that the file is being written anew, of so many documents."""
        self.total = total
        self.note({"total": total, "done": 0})

    @classmethod
    def taken_up(cls, store_id: ObjectId, export_id: ObjectId) -> Export | None:
        """Returns the export if its file is to be written; one that failed is waiting again afterwards."""
        states = [ExportState.WAITING.value, ExportState.FAILED.value]
        waiting = {"$set": {"state": ExportState.WAITING.value, "reason": ""}, "$unset": {"finished_at": ""}}
        return cls.change({"_id": export_id, "store_id": store_id, "state": {"$in": states}}, waiting, session=None)

    @classmethod
    def fail(cls, export_id: ObjectId, reason: str, *, now: datetime) -> None:
        """Notes that there will be no file."""
        values = {"state": ExportState.FAILED.value, "reason": reason, "finished_at": now}
        query = {"_id": export_id, "state": ExportState.WAITING.value}
        cls.collection().update_one(query, {"$set": values})

    @classmethod
    def list_expired(cls, now: datetime, *, limit: int) -> list[Export]:
        states = [state.value for state in ExportState if state is not ExportState.EXPIRED]
        query = {"state": {"$in": states}, "expires_at": {"$lte": now}}
        return [cls._from_son(raw) for raw in cls.collection().find(query).sort("expires_at", 1).limit(limit)]

    @classmethod
    def object_keys_of(cls, store_id: ObjectId) -> Iterator[list[str]]:
        """Yields of each export of the store the names of its objects."""
        for raw in cls.collection().find({"store_id": store_id}):
            yield cls._from_son(raw).all_pieces

    def expire(self) -> None:
        self.collection().update_one({"_id": self.id}, {"$set": {"state": ExportState.EXPIRED.value, "written": {}}})

    @classmethod
    def forget(cls, before: datetime, *, limit: int) -> int:
        """Deletes at most `limit` exports that expired before that time; returns how many."""
        query = {"state": ExportState.EXPIRED.value, "expires_at": {"$lt": before}}
        ids = [raw["_id"] for raw in cls.collection().find(query, {"_id": 1}).limit(limit)]
        return cls.collection().delete_many({"_id": {"$in": ids}}).deleted_count
