"""What a member has made that must not outlive the password it was made with."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from src.models.api_keys import ApiKey
from src.models.staff_codes import StaffCode
from src.models.transaction import Session
from src.services.accounts.callers import Actor
from src.services.audit_log import Changes, record_consequence
from src.services.staff.issuing import SUBJECT as CODE
from src.utils.actions import Action

KEY = "api_key"


def revoke_keys_of(actor: Actor, staff_id: ObjectId, *, at: datetime, session: Session) -> list[ApiKey]:
    """Removes the API keys that the member has made, with an entry each; returns them, the oldest first."""
    keys = ApiKey.list_of_maker(actor.store_id, staff_id, session=session)
    for key in keys:
        key.remove(session=session)
        changes = revocation_of(key)
        record_consequence(actor, Action.API_KEY_REVOKE, KEY, key.id, changes, at=at, session=session)
    return keys


def revoke_codes_of(actor: Actor, staff_id: ObjectId, *, at: datetime, session: Session) -> None:
    """Makes the codes worthless that the member has issued, with an entry each."""
    for code in StaffCode.list_of_issuer(actor.store_id, staff_id, now=at, session=session):
        code.remove(session=session)
        changes = {"username": (code.username, None)}
        record_consequence(actor, Action.STAFF_UNINVITE, CODE, code.id, changes, at=at, session=session)


def revocation_of(key: ApiKey) -> Changes:
    """Returns what the entry of a key's end tells."""
    return {"name": (key.name, None), "prefix": (key.prefix, None)}
