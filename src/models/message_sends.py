"""Which subscribe messages were sent, or may have been."""

from __future__ import annotations

from bson import ObjectId
from mongoengine import DateTimeField, ObjectIdField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument


class MessageSend(StoreDocument):
    """The claim to send one message (`_id` is its job's key). While it stands, nobody sends that message again."""

    meta = {
        "collection": "message_sends",
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }

    id = StringField(primary_key=True)
    user_id = ObjectIdField(required=True)
    template_id = StringField(required=True)
    claimed_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)

    @classmethod
    def is_claimed(cls, key: str, *, session: ClientSession) -> bool:
        return cls.find_document({"_id": key}, session=session) is not None

    @classmethod
    def release(cls, store_id: ObjectId, key: str, *, session: ClientSession) -> bool:
        """Returns whether there was a claim; the message may be sent by a later try then."""
        result = cls.collection().delete_one({"_id": key, "store_id": store_id}, session=session)
        return result.deleted_count == 1
