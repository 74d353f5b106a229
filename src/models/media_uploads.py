"""Uploads that go past this server, from the permission to send until what arrived is confirmed."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId
from mongoengine import DateTimeField, EnumField, IntField, ObjectIdField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument
from src.utils.media_kinds import Purpose


class MediaUpload(StoreDocument):
    """One permission to send one object. `reserved` is what of the quota is held for it, in bytes.

    Once confirmed it names its picture in `file_id`; whenever it is due it is forgotten with its object.
    """

    meta = {"collection": "media_uploads", "indexes": [["due_at"], ["store_id", "holder", "due_at"]]}

    holder = StringField(required=True)
    purpose = EnumField(Purpose, required=True)
    key = StringField(required=True)
    size = IntField(required=True)
    reserved = IntField(required=True)
    file_id = ObjectIdField()
    due_at = DateTimeField(required=True)
    created_at = DateTimeField(required=True)

    @classmethod
    def is_open(cls, key: str) -> bool:
        """Returns whether the object of this name is still waited for."""
        _, store_id, name = key.split("/")
        upload = cls.find_document({"_id": ObjectId(name.partition("-")[0]), "store_id": ObjectId(store_id)})
        return upload is not None and upload.file_id is None

    @classmethod
    def find_of(cls, store_id: ObjectId, holder: str, upload_id: ObjectId) -> MediaUpload | None:
        return cls.find_document({"_id": upload_id, "store_id": store_id, "holder": holder})

    @classmethod
    def count_open(cls, store_id: ObjectId, holder: str, *, now: datetime, session: ClientSession) -> int:
        """Returns how many of the holder's uploads may still be confirmed."""
        open_ones = {"store_id": store_id, "holder": holder, "due_at": {"$gt": now}, "file_id": None}
        return cls.collection().count_documents(open_ones, session=session)

    @classmethod
    def list_due(cls, *, now: datetime, limit: int) -> list[MediaUpload]:
        found = cls.collection().find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit)
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def end_all(cls, store_id: ObjectId, now: datetime) -> None:
        """Has the sweep forget all uploads of a store with their objects, from `now` on."""
        cls.collection().update_many({"store_id": store_id}, {"$set": {"due_at": now}})

    def release(self, *, session: ClientSession) -> bool:
        """Gives up what is held for it; returns False if somebody else has."""
        held = {"_id": self.id, "reserved": {"$gt": 0}}
        return self.collection().update_one(held, {"$set": {"reserved": 0}}, session=session).modified_count == 1

    def confirm(self, file_id: ObjectId, *, due_at: datetime) -> None:
        """Notes its picture, and has it remembered until then."""
        self.collection().update_one({"_id": self.id}, {"$set": {"file_id": file_id, "due_at": due_at}})

    def delete(self) -> None:
        self.collection().delete_one({"_id": self.id})
