"""How many members a store may have."""

from __future__ import annotations

from functools import partial

from bson import ObjectId

from src.models.staff import Staff
from src.models.transaction import Session
from src.services.tenants.limits import Limit, StoreLimits


def require_room(limits: StoreLimits, store_id: ObjectId, *, session: Session) -> None:
    """Lets the caller's transaction make one more active member. Raises StoreLimitReached."""
    limits.require_room(store_id, Limit.STAFF, partial(Staff.count_active, store_id), session=session)
