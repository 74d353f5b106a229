"""Keys with which other programs call the API."""

from __future__ import annotations

from datetime import datetime, timedelta

from bson import ObjectId
from mongoengine import DateTimeField, EnumField, IntField, ListField, ObjectIdField, StringField

from src.models.documents import StoreDocument
from src.models.transaction import Session
from src.utils.permissions import Permission


class ApiKey(StoreDocument):
    """A key of a program, made by the member `staff_id`. `prefix` finds it; of the rest only a hash is kept.

    `slot` numbers the keys of a store, so that their number is bounded by an index.
    """

    meta = {
        "collection": "api_keys",
        "indexes": [
            {"fields": ["prefix"], "unique": True},
            {"fields": ["store_id", "slot"], "unique": True},
        ],
    }

    slot = IntField(required=True, min_value=1)
    name = StringField(required=True)
    prefix = StringField(required=True)
    key_hash = StringField(required=True)
    scopes = ListField(EnumField(Permission), required=True)
    staff_id = ObjectIdField(required=True)
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField()
    last_used_at = DateTimeField()

    @classmethod
    def find_by_prefix(cls, prefix: str) -> ApiKey | None:
        return cls.find_document({"prefix": prefix})

    @classmethod
    def find_in_store(cls, store_id: ObjectId, key_id: ObjectId, *, session: Session) -> ApiKey | None:
        return cls.find_document({"_id": key_id, "store_id": store_id}, session=session)

    @classmethod
    def list_in_store(cls, store_id: ObjectId) -> list[ApiKey]:
        """Returns all keys of the store, the oldest first."""
        found = [cls._from_son(raw) for raw in cls.collection().find({"store_id": store_id})]
        return sorted(found, key=lambda key: (key.created_at, key.id))

    @classmethod
    def list_of_maker(cls, store_id: ObjectId, staff_id: ObjectId, *, session: Session) -> list[ApiKey]:
        """Returns the keys that the member has made, the oldest first."""
        found = cls.collection().find({"store_id": store_id, "staff_id": staff_id}, session=session)
        return sorted((cls._from_son(raw) for raw in found), key=lambda key: (key.created_at, key.id))

    def remove(self, *, session: Session) -> None:
        self.collection().delete_one({"_id": self.id, "store_id": self.store_id}, session=session)

    def note_use(self, now: datetime, *, at_most_every: timedelta) -> None:
        """Notes that the key was used now, unless that was noted a moment ago."""
        noted = self.last_used_at
        if noted is None or noted <= now - at_most_every:
            self.collection().update_one({"_id": self.id, "last_used_at": noted}, {"$set": {"last_used_at": now}})
