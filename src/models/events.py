"""The outbox: facts written in the transaction that made them true."""

from __future__ import annotations

from mongoengine import DateTimeField, DictField, IntField, ObjectIdField, StringField

from src.models.documents import StoreDocument


class Event(StoreDocument):
    """One fact about one aggregate; `seq` counts from 1 without gaps within the aggregate."""

    meta = {
        "collection": "events",
        "indexes": [{"fields": ["aggregate_id", "seq"], "unique": True}],
    }

    aggregate = StringField(required=True)
    aggregate_id = ObjectIdField(required=True)
    seq = IntField(required=True)
    type = StringField(required=True)
    data = DictField()
    occurred_at = DateTimeField(required=True)
