"""Webhook endpoints as the audit log tells of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from src.models.webhooks import WebhookEndpoint
from src.services.audit_log import Changes


def changes_of(before: WebhookEndpoint | None, after: WebhookEndpoint | None) -> Changes:
    """Returns the fields that differ, each with (before, after); of URLs what may be shown."""
    old, new = _fields(before), _fields(after)
    return {
        name: (_shown(name, old.get(name)), _shown(name, new.get(name)))
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    }


def _fields(endpoint: WebhookEndpoint | None) -> dict[str, Any]:
    if endpoint is None:
        return {}
    return {
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "isActive": endpoint.is_active,
    }


def _shown(name: str, value: Any) -> Any:
    return _place_of(value) if name == "url" and value is not None else value


def _place_of(url: str) -> str:
    """Returns the scheme and the host: receivers put their secrets into paths and queries."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"
