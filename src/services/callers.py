"""Who is calling."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from src.utils.permissions import Role


@dataclass(frozen=True)
class Shopper:
    """A logged-in user of a store's mini-program."""

    store_id: ObjectId
    user_id: ObjectId
    session_id: str

    @property
    def subject(self) -> str:
        return f"user:{self.user_id}"


@dataclass(frozen=True)
class StaffMember:
    """A logged-in member of a store's staff."""

    store_id: ObjectId
    staff_id: ObjectId
    session_id: str
    role: Role

    @property
    def subject(self) -> str:
        return f"staff:{self.staff_id}"
