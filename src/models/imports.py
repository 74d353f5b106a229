"""Files of products or stock that staff bring, and how far they have come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, EnumField, IntField, ObjectIdField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument
from src.utils.pages import Page, PageRequest
from src.utils.sheet_kinds import ImportKind, ImportState, SheetFormat

_UNDER_WAY = [ImportState.CHECKING.value, ImportState.RUNNING.value]


class Import(StoreDocument):
    """One file. `rows` and `parts` (products, or SKUs of a file of stock) count what is in it.

    `findings` counts what is wrong in it, of which the first are stored; `refused` the parts that are wrong.
    `created`, `changed` and `unchanged` count the parts that are done: they change with the part, in its transaction.

    `check` names the attempt at checking whose rows and findings count: those of a worker that died do not. It is 0
    until the file has been checked. `reason` says why an import has failed.

    `staff_id` sent the file, `starter_id` had it run last, with the API key `starter_key_id` if it was a program.
    """

    meta = {
        "collection": "imports",
        "indexes": [["store_id", "-_id"], ["store_id", "state"], ["created_at"]],
    }

    kind = EnumField(ImportKind, required=True)
    written_as = EnumField(SheetFormat, required=True)
    file_name = StringField(default="")
    state = EnumField(ImportState, required=True)
    reason = StringField(default="")
    runs_by_itself = BooleanField(required=True)
    staff_id = ObjectIdField(required=True)
    starter_id = ObjectIdField(required=True)
    starter_key_id = ObjectIdField()
    object_key = StringField(required=True)
    check = IntField(required=True, default=0)
    rows = IntField(required=True, default=0)
    parts = IntField(required=True, default=0)
    findings = IntField(required=True, default=0)
    refused = IntField(required=True, default=0)
    created = IntField(required=True, default=0)
    changed = IntField(required=True, default=0)
    unchanged = IntField(required=True, default=0)
    created_at = DateTimeField(required=True)
    finished_at = DateTimeField()

    @property
    def progress(self) -> dict[str, int]:
        done = 0 if self.state in (ImportState.CHECKING, ImportState.CHECKED) else self.done
        return {"done": done, "total": self.parts}

    @property
    def done(self) -> int:
        return int(self.created + self.changed + self.unchanged + self.refused)

    @classmethod
    def find_in_store(
        cls, store_id: ObjectId, import_id: ObjectId, *, session: ClientSession | None = None
    ) -> Import | None:
        return cls.find_document({"_id": import_id, "store_id": store_id}, session=session)

    @classmethod
    def page_in_store(cls, store_id: ObjectId, kinds: Sequence[ImportKind], page: PageRequest) -> Page[Import]:
        """Returns the store's imports of these kinds, the newest first."""
        named = [kind.value for kind in kinds]
        return cls.find_page({"store_id": store_id, "kind": {"$in": named}}, [("_id", -1)], page)

    @classmethod
    def count_under_way(cls, store_id: ObjectId, *, since: datetime, session: ClientSession) -> int:
        """Returns how many that came after `since` are not done: older ones are stuck, and hold nobody up."""
        query = {"store_id": store_id, "state": {"$in": _UNDER_WAY}, "created_at": {"$gte": since}}
        return cls.collection().count_documents(query, session=session)

    def move(
        self, source: ImportState, target: ImportState, values: Mapping[str, Any], *, session: ClientSession
    ) -> Import | None:
        """Returns the import in its new state; None if it is not in `source`."""
        query = {"_id": self.id, "state": source.value}
        return self.change(query, {"$set": {"state": target.value, **values}}, session=session)

    @classmethod
    def taken_up(cls, store_id: ObjectId, import_id: ObjectId, state: ImportState) -> Import | None:
        """Returns the import if it is being checked, or run; one that failed so is in that state again afterwards."""
        query = {"_id": import_id, "store_id": store_id, "state": {"$in": [state.value, ImportState.FAILED.value]}}
        checked = {"$gt": 0} if state is ImportState.RUNNING else 0
        return cls.change({**query, "check": checked}, _again(state), session=None)

    def start(self, starter: Mapping[str, Any], *, session: ClientSession) -> Import | None:
        """Returns the import, which is to be run for `starter`; None if it has not been checked, or was run before."""
        failed = {"state": ImportState.FAILED.value, "check": {"$gt": 0}}
        query = {"_id": self.id, "$or": [{"state": ImportState.CHECKED.value}, failed]}
        again = _again(ImportState.RUNNING)
        return self.change(query, {**again, "$set": {**again["$set"], **starter}}, session=session)

    @classmethod
    def fail(cls, import_id: ObjectId, state: ImportState, reason: str, *, now: datetime) -> None:
        """Notes that what was done in `state` cannot go on."""
        values = {"state": ImportState.FAILED.value, "reason": reason, "finished_at": now}
        cls.collection().update_one({"_id": import_id, "state": state.value}, {"$set": values})

    def count(self, counts: Mapping[str, int], *, session: ClientSession) -> None:
        self.collection().update_one({"_id": self.id}, {"$inc": dict(counts)}, session=session)

    @classmethod
    def list_old(cls, before: datetime, *, limit: int) -> list[Import]:
        found = cls.collection().find({"created_at": {"$lt": before}}).sort("created_at", 1).limit(limit)
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def object_keys_of(cls, store_id: ObjectId) -> Iterator[list[str]]:
        """Yields of each import of the store the names of its objects."""
        for raw in cls.collection().find({"store_id": store_id}, ("object_key",)):
            yield [raw["object_key"]]

    def remove(self) -> None:
        self.collection().delete_one({"_id": self.id})


def _again(state: ImportState) -> dict[str, Any]:
    return {"$set": {"state": state.value, "reason": ""}, "$unset": {"finished_at": ""}}
