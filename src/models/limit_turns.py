"""Turns at the limits of a store."""

from __future__ import annotations

from bson import ObjectId
from mongoengine import IntField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument


class LimitTurn(StoreDocument):
    """What was made of a limited kind, counted: each making writes this document, so that they come one by one.

    Two of them that both find the last room would be one too many together.
    """

    meta = {"collection": "limit_turns", "indexes": [{"fields": ["store_id", "kind"], "unique": True}]}

    kind = StringField(required=True)
    number = IntField(required=True)

    @classmethod
    def take(cls, store_id: ObjectId, kind: str, *, session: ClientSession) -> None:
        cls.collection().update_one(
            {"store_id": store_id, "kind": kind}, {"$inc": {"number": 1}}, upsert=True, session=session
        )
