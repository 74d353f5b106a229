"""Who is calling."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from src.utils.permissions import PERMISSIONS, Permission, Role


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

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the caller may do at this moment."""
        return PERMISSIONS[self.role]


@dataclass(frozen=True)
class Integration(StaffMember):
    """A program with an API key. It acts for the member who made the key, as far as the key's scopes go.

    `session_id` is empty: a program has no login.
    """

    key_id: ObjectId
    scopes: frozenset[Permission]

    @property
    def subject(self) -> str:
        return f"api_key:{self.key_id}"

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the caller may do at this moment: no more than the member may, whose role may have changed."""
        return super().permissions & self.scopes


@dataclass(frozen=True)
class PlatformOperator:
    """Whoever runs the platform, with a platform key. It belongs to no store."""

    key_id: ObjectId

    @property
    def subject(self) -> str:
        return f"platform_key:{self.key_id}"
