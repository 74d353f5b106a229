"""Where merchants want their events sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import (
    BooleanField,
    DateTimeField,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    IntField,
    ListField,
    StringField,
)
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument

_KEPT_SECRETS = 5


class RetiredSecret(EmbeddedDocument):
    """A secret that was replaced; it signs beside the new one before `until`."""

    sealed = StringField(required=True)
    until = DateTimeField(required=True)


class WebhookEndpoint(StoreDocument):
    """One URL of a store. `slot` numbers the endpoints of a store, so that their number is bounded by an index.

    `failing_since` is unset while deliveries arrive; `dead_deliveries` counts those given up since the last success.
    `busy_until` is set while a delivery is under way.
    """

    meta = {"collection": "webhook_endpoints", "indexes": [{"fields": ["store_id", "slot"], "unique": True}]}

    slot = IntField(required=True, min_value=1)
    url = StringField(required=True)
    events = ListField(StringField(), required=True)
    description = StringField(default="")
    secret_sealed = StringField(required=True)
    retired_secrets = EmbeddedDocumentListField(RetiredSecret)
    is_active = BooleanField(required=True, default=True)
    disabled_reason = StringField(default="")
    disabled_at = DateTimeField()
    failing_since = DateTimeField()
    dead_deliveries = IntField(required=True, default=0)
    busy_until = DateTimeField()
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    @classmethod
    def list_in_store(cls, store_id: ObjectId) -> list[WebhookEndpoint]:
        """Returns all endpoints of the store, the oldest first."""
        found = [cls._from_son(raw) for raw in cls.collection().find({"store_id": store_id})]
        return sorted(found, key=lambda endpoint: (endpoint.created_at, endpoint.id))

    @classmethod
    def find_in_store(
        cls, store_id: ObjectId, endpoint_id: ObjectId, *, session: ClientSession | None = None
    ) -> WebhookEndpoint | None:
        return cls.find_document({"_id": endpoint_id, "store_id": store_id}, session=session)

    @classmethod
    def edit(
        cls, store_id: ObjectId, endpoint_id: ObjectId, values: dict[str, Any], *, session: ClientSession
    ) -> WebhookEndpoint | None:
        return cls.change({"_id": endpoint_id, "store_id": store_id}, {"$set": values}, session=session)

    @classmethod
    def remove(cls, store_id: ObjectId, endpoint_id: ObjectId, *, session: ClientSession) -> WebhookEndpoint | None:
        """Returns what was there."""
        query = {"_id": endpoint_id, "store_id": store_id}
        return cls._built(cls.collection().find_one_and_delete(query, session=session))

    @classmethod
    def replace_secret(
        cls,
        store_id: ObjectId,
        endpoint_id: ObjectId,
        sealed: str,
        *,
        old_until: datetime,
        now: datetime,
        session: ClientSession,
    ) -> WebhookEndpoint | None:
        """Makes `sealed` the secret, and keeps the one before it until `old_until`; concurrent calls lose none."""
        retired = [{"sealed": "$secret_sealed", "until": old_until}]
        kept = {"$slice": [{"$concatArrays": [{"$ifNull": ["$retired_secrets", []]}, retired]}, -_KEPT_SECRETS]}
        return cls.change(
            {"_id": endpoint_id, "store_id": store_id},
            [{"$set": {"retired_secrets": kept, "secret_sealed": {"$literal": sealed}, "updated_at": now}}],
            session=session,
        )

    def take_turn(self, *, now: datetime, until: datetime) -> bool:
        """Returns whether no delivery was under way; then one is, until `end_turn`, or that time if its worker dies."""
        result = self.collection().update_one(
            {"_id": self.id, "busy_until": {"$not": {"$gt": now}}}, {"$set": {"busy_until": until}}
        )
        return result.matched_count == 1

    def end_turn(self, *, until: datetime) -> None:
        """Ends the turn that was taken until that time."""
        self.collection().update_one({"_id": self.id, "busy_until": until}, {"$unset": {"busy_until": ""}})

    def note_success(self) -> None:
        """Ends a series of failures."""
        self.collection().update_one(
            {"_id": self.id, "failing_since": {"$type": "date"}},
            {"$set": {"dead_deliveries": 0}, "$unset": {"failing_since": ""}},
        )

    def note_failure(self, *, now: datetime, given_up: bool) -> WebhookEndpoint | None:
        """Begins or continues a series of failures, and returns the endpoint as it is then; None if it is gone."""
        series = {
            "failing_since": {"$ifNull": ["$failing_since", now]},
            "dead_deliveries": {"$add": ["$dead_deliveries", int(given_up)]},
        }
        return self.change({"_id": self.id}, [{"$set": series}], session=None)

    def switch_off(self, reason: str, *, now: datetime) -> bool:
        """Returns whether it was on, with the URL it was read with."""
        result = self.collection().update_one(
            {"_id": self.id, "is_active": True, "url": self.url},
            {"$set": {"is_active": False, "disabled_reason": reason, "disabled_at": now, "updated_at": now}},
        )
        return result.matched_count == 1
