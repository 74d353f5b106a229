"""Who may change whom."""

from __future__ import annotations

from bson import ObjectId

from src.models.staff import Staff
from src.models.transaction import Session
from src.services.accounts.callers import StaffMember
from src.utils.errors import Forbidden, LastOwner
from src.utils.permissions import PERMISSIONS, Role


def require_rank_of(staff: StaffMember, role: Role) -> None:
    """Raises Forbidden unless the caller may do all that `role` may: nobody gives or takes more than that."""
    if not PERMISSIONS[role] <= staff.permissions:
        raise Forbidden()


def require_another(staff: StaffMember, staff_id: ObjectId) -> None:
    """Raises Forbidden if the caller means the own account."""
    if staff.staff_id == staff_id:
        raise Forbidden()


def keep_an_owner(leaving: Staff, *, session: Session) -> None:
    """Asserts that the store has an active owner when this one is none any more.

    Of two owners who remove each other at the same moment the second one finds that it is the last.

    Raises:
        LastOwner.
    """
    is_owner = leaving.active and leaving.role is Role.OWNER
    if is_owner and Staff.touch_owners(leaving.store_id, session=session) <= 1:
        raise LastOwner()
