"""The audit log: who of the staff did what to which object."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, EnumField, ListField, ObjectIdField, StringField

from src.models.documents import StoreDocument
from src.utils.actions import Action


class AuditLogEntry(StoreDocument):
    """One staff write, stored in the transaction of what it changed. Never changed, never deleted by staff.

    `changes` holds a document per changed field: {field, before, after}; secrets never get here.
    """

    meta = {
        "collection": "audit_log",
        "indexes": [
            ["store_id", "-_id"],
            ["store_id", "actor", "-_id"],
            ["store_id", "action", "-_id"],
            ["store_id", "subject_id", "-_id"],
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
