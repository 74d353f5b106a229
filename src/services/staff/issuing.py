"""Codes for passwords as they are made, and what they are still good for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId

from src.models.platform_keys import PlatformKey
from src.models.staff import Staff
from src.models.staff_codes import StaffCode
from src.models.transaction import Session
from src.services.accounts.callers import Actor
from src.services.audit_log import record_action
from src.utils.actions import Action
from src.utils.errors import NameTaken
from src.utils.ids import new_secret_id
from src.utils.permissions import PERMISSIONS, Permission, Role

CODES_LIVE = timedelta(hours=72)
SUBJECT = "staff_code"


@dataclass(frozen=True)
class NewMember:
    """Whom somebody invites."""

    username: str
    role: Role
    display_name: str = ""


@dataclass(frozen=True)
class Issuer:
    """Who issues a code: a member, or whoever runs the platform."""

    staff_id: ObjectId | None = None
    platform_key_id: ObjectId | None = None


@dataclass(frozen=True)
class IssuedCode:
    """A code, for the only time that it is shown."""

    stored: StaffCode
    code: str


def new_code(
    store_id: ObjectId, wanted: NewMember, issuer: Issuer, *, now: datetime, staff_id: ObjectId | None = None
) -> IssuedCode:
    """Returns a code that is not stored yet; with `staff_id` for the new password of this member."""
    code = new_secret_id()
    stored = StaffCode(
        id=ObjectId(),
        store_id=store_id,
        username=wanted.username,
        display_name=wanted.display_name,
        role=wanted.role,
        staff_id=staff_id,
        code_hash=code_digest(code),
        created_by=issuer.staff_id,
        platform_key_id=issuer.platform_key_id,
        created_at=now,
        expires_at=now + CODES_LIVE,
    )
    return IssuedCode(stored, code)


def store_invitation(actor: Actor, invitation: StaffCode, *, session: Session) -> None:
    """Stores the code for a new account, and its entry. Raises NameTaken: by a member."""
    now, username = invitation.created_at, invitation.username
    StaffCode.remove_of(actor.store_id, username, session=session, expired_at=now)
    if Staff.find_by_username(actor.store_id, username, session=session):
        raise NameTaken()
    invitation.insert(session=session)
    changes = {"username": (None, username), "role": (None, invitation.role.value)}
    record_action(actor, Action.STAFF_INVITE, SUBJECT, invitation.id, changes, at=now, session=session)


def may_still_give(code: StaffCode, *, session: Session) -> bool:
    """Returns whether who issued the code could issue it now: nobody leaves a way back in behind."""
    if code.platform_key_id is not None:
        return PlatformKey.is_known(code.platform_key_id, session=session)
    issuer = Staff.find_by_id(code.store_id, code.created_by, session=session)
    needed = PERMISSIONS[code.role] | {Permission.STAFF_MANAGE}
    return issuer is not None and issuer.active and needed <= PERMISSIONS[issuer.role]


def code_digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
