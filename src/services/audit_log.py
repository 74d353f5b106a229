"""Recording what staff do, and what those who run the platform do in a store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import structlog
from bson import ObjectId

from src.models.audit_log import AuditLogEntry
from src.models.transaction import Session
from src.services.accounts.callers import Actor
from src.services.idempotency import require_first
from src.utils.actions import Action
from src.utils.recorded_values import recorded

Changes = Mapping[str, tuple[Any, Any]]
_NO_REQUEST = "none"


def record_action(
    actor: Actor,
    action: Action,
    subject_kind: str,
    subject_id: ObjectId,
    changes: Changes,
    *,
    at: datetime,
    session: Session,
) -> None:
    """Writes the one entry of this write into the caller's transaction, which is bound to the request's key.

    `changes` maps the API's field names to (before, after), of which `recorded` is kept; it must hold no secret, and
    of shoppers neither names nor addresses nor phone numbers.

    Raises:
        AlreadyCarriedOut: an earlier request with this Idempotency-Key has done it.
    """
    require_first(session=session)
    record_consequence(actor, action, subject_kind, subject_id, changes, at=at, session=session)


def record_consequence(
    actor: Actor,
    action: Action,
    subject_kind: str,
    subject_id: ObjectId,
    changes: Changes,
    *,
    at: datetime,
    session: Session,
) -> None:
    """Writes the entry of another object that a write brought about, as `record_action` does of its own."""
    assert session.in_transaction, "an entry must not outlive a change that failed"
    AuditLogEntry.of(
        actor.store_id,
        actor=actor.subject,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        changes=[
            {"field": name, "before": recorded(before), "after": recorded(after)}
            for name, (before, after) in changes.items()
        ],
        request_id=structlog.contextvars.get_contextvars().get("request_id", _NO_REQUEST),
        now=at,
    ).insert(session=session)


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Returns the given fields that differ, each with (before, after)."""
    return {name: (before.get(name), after.get(name)) for name in fields if before.get(name) != after.get(name)}
