"""Keys of those who run the platform."""

from __future__ import annotations

from datetime import datetime, timedelta

from bson import ObjectId
from mongoengine import DateTimeField, StringField

from src.models.documents import BaseDocument
from src.models.transaction import Session


class PlatformKey(BaseDocument):
    """A key that administers all stores. `prefix` finds it; of the rest only a hash is kept."""

    meta = {"collection": "platform_keys", "indexes": [{"fields": ["prefix"], "unique": True}]}

    name = StringField(required=True)
    prefix = StringField(required=True)
    key_hash = StringField(required=True)
    created_at = DateTimeField(required=True)
    last_used_at = DateTimeField()

    @classmethod
    def find_by_prefix(cls, prefix: str) -> PlatformKey | None:
        return cls.find_document({"prefix": prefix})

    @classmethod
    def is_known(cls, key_id: ObjectId, *, session: Session) -> bool:
        """Returns whether the key was not revoked."""
        return cls.find_document({"_id": key_id}, session=session) is not None

    @classmethod
    def list_all(cls) -> list[PlatformKey]:
        """Returns all keys, the oldest first."""
        return [cls._from_son(raw) for raw in cls.collection().find().sort("_id", 1)]

    @classmethod
    def remove(cls, prefix: str) -> bool:
        """Returns whether there was such a key."""
        return cls.collection().delete_one({"prefix": prefix}).deleted_count == 1

    def note_use(self, now: datetime, *, at_most_every: timedelta) -> None:
        """Notes that the key was used now, unless that was noted a moment ago."""
        noted = self.last_used_at
        if noted is None or noted <= now - at_most_every:
            self.collection().update_one({"_id": self.id, "last_used_at": noted}, {"$set": {"last_used_at": now}})
