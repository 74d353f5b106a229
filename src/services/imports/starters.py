"""On whose word a file is brought into the store."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from src.models.api_keys import ApiKey
from src.models.imports import Import
from src.models.staff import Staff
from src.models.stores import Store
from src.models.transaction import Session
from src.services.accounts.callers import Integration, StaffMember
from src.services.jobs.contracts import GiveUp
from src.utils.permissions import Permission
from src.utils.store_states import StoreStatus


def named(staff: StaffMember) -> dict[str, Any]:
    """Returns what an import stores of whoever starts it."""
    return {"starter_id": staff.staff_id, "starter_key_id": staff.key_id if isinstance(staff, Integration) else None}


def starter_of(imported: Import, permission: Permission, *, now: datetime, session: Session) -> StaffMember:
    """Returns who has started the import, with what they may do at this moment.

    Raises:
        GiveUp: the store is suspended, or they may not write what the file brings any more.
    """
    store = Store.find_by_id(imported.store_id, session=session)
    if store is None or store.status is not StoreStatus.ACTIVE:
        raise GiveUp("the store is suspended")
    starter = _present(imported, now, session)
    if starter is None:
        raise GiveUp("whoever started it was locked out")
    if not starter.permissions.issuperset({Permission.IMPORTS_RUN, permission}):
        raise GiveUp("whoever started it may not write this any more")
    return starter


def _present(imported: Import, now: datetime, session: Session) -> StaffMember | None:
    member = Staff.find_by_id(imported.store_id, imported.starter_id, session=session)
    if member is None or not member.active:
        return None
    if imported.starter_key_id is None:
        return StaffMember(imported.store_id, member.id, "", member.role)
    key = ApiKey.find_in_store(imported.store_id, imported.starter_key_id, session=session)
    if key is None or (key.expires_at is not None and key.expires_at <= now):
        return None
    return Integration(imported.store_id, member.id, "", member.role, key.id, frozenset(key.scopes))
