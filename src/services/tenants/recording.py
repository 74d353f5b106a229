"""What the audit log of a store tells of its settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from src.models.stores import Store
from src.models.transaction import Session
from src.services.accounts.callers import Actor
from src.services.audit_log import changes_between, record_action
from src.utils.actions import Action
from src.utils.api_names import camel_case

SUBJECT = "store"
_TOLD = (
    "code",
    "name",
    "hosts",
    "is_default",
    "appid",
    "mchid",
    "merchant_serial",
    "wechatpay_public_key_id",
    "wechatpay_public_key",
    "upload_shipping",
    "code_page",
    "message_templates",
    "order_ttl_minutes",
    "confirm_receipt_days",
    "time_zone",
)
_LIMITS = ("max_products", "max_staff", "max_upload_bytes")


def record_settings(
    actor: Actor, before: Store | None, after: Store, secrets: Sequence[str], *, at: datetime, session: Session
) -> None:
    """Writes the entry of a store that was made or changed, unless nothing has another value than before.

    Of `secrets`, those that were given or taken away, it has the names alone.
    """
    action = Action.STORE_EDIT if before else Action.STORE_CREATE
    changes = changes_between(_told(before), _told(after), _told(after))
    if secrets:
        changes["secrets"] = (None, [camel_case(name) for name in secrets])
    if changes:
        record_action(actor, action, SUBJECT, after.id, changes, at=at, session=session)


def _told(store: Store | None) -> dict[str, Any]:
    if store is None:
        return {}
    limits = {camel_case(name): getattr(store.limits, name) for name in _LIMITS}
    return {**{camel_case(name): getattr(store, name) for name in _TOLD}, "limits": limits}
