"""Who sends pictures, for what, and how much."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from src.models.media_usage import OF_STAFF
from src.services.accounts.callers import Shopper, StaffMember
from src.utils.errors import BadRequest
from src.utils.media_kinds import Purpose

_MB = 2**20
LARGEST = 5 * _MB
_SHOPPER_QUOTA = 50 * _MB
_OPEN_OF_STAFF, _OPEN_OF_SHOPPER = 50, 5
_LIMITS = {Purpose.PRODUCT: LARGEST, Purpose.REFUND: 3 * _MB, Purpose.AVATAR: 1 * _MB}


@dataclass(frozen=True)
class Uploader:
    """Somebody who sends pictures for a purpose. `staff` is who answers for it in the audit log.

    Attributes:
        holder: whose pictures they are; all of the staff's belong together.
        quota: bytes that a shopper may have; None of staff, who share what the store may have.
    """

    store_id: ObjectId
    holder: str
    purpose: Purpose
    staff: StaffMember | None
    quota: int | None

    @property
    def limit(self) -> int:
        """Returns the bytes that one file may have."""
        return _LIMITS[self.purpose]

    @property
    def most_open(self) -> int:
        """Returns how many uploads the holder may have asked for and not confirmed."""
        return _OPEN_OF_STAFF if self.quota is None else _OPEN_OF_SHOPPER


def uploader_of(caller: Shopper | StaffMember, purpose: str | None) -> Uploader:
    """Returns the caller as an uploader. Staff send product pictures; shoppers avatars unless they say `refund`.

    Raises:
        BadRequest: the purpose is not the caller's.
    """
    if isinstance(caller, StaffMember):
        _require(purpose, [Purpose.PRODUCT])
        return Uploader(caller.store_id, OF_STAFF, Purpose.PRODUCT, caller, None)
    _require(purpose, [Purpose.AVATAR, Purpose.REFUND])
    wanted = Purpose(purpose or Purpose.AVATAR)
    return Uploader(caller.store_id, caller.subject, wanted, None, _SHOPPER_QUOTA)


def _require(purpose: str | None, allowed: list[Purpose]) -> None:
    if purpose is not None and purpose not in allowed:
        raise BadRequest.for_field("purpose", f"Must be one of: {', '.join(allowed)}.")
