"""What is sent: one event as JSON text."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from bson import ObjectId

from src.models.events import Event
from src.services.webhooks.catalogue import PING


def event_body(event: Event, *, store_code: str) -> str:
    """Returns the body of a delivery of this event."""
    aggregate = {"type": event.aggregate, "id": str(event.aggregate_id), "seq": event.seq}
    return _text(event.id, event.type, event.occurred_at, storeCode=store_code, aggregate=aggregate, data=event.data)


def ping_body(event_id: ObjectId, endpoint_id: ObjectId, *, store_code: str, now: datetime) -> str:
    """Returns the body of a ping; nothing has happened, so its `seq` is 0."""
    aggregate = {"type": "webhook", "id": str(endpoint_id), "seq": 0}
    return _text(event_id, PING, now, storeCode=store_code, aggregate=aggregate, data={})


def _text(event_id: ObjectId, event_type: str, at: datetime, **rest: Any) -> str:
    head = {"id": str(event_id), "type": event_type, "createdAt": at.isoformat(timespec="milliseconds")}
    return json.dumps({**head, **rest}, ensure_ascii=False, separators=(",", ":"))
