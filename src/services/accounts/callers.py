"""Who is calling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bson import ObjectId

from src.utils.permissions import PERMISSIONS, Permission, Role

_COMMAND = "command"


class Actor(Protocol):
    """Whoever writes something of a store, as its audit log names them."""

    @property
    def store_id(self) -> ObjectId: ...

    @property
    def subject(self) -> str: ...


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

    def within(self, store_id: ObjectId) -> OperatorWithin:
        return OperatorWithin(store_id, self.subject)


@dataclass(frozen=True)
class OperatorWithin:
    """Whoever runs the platform, at work in one store."""

    store_id: ObjectId
    subject: str


def command_within(store_id: ObjectId) -> OperatorWithin:
    """Returns who calls a `flask` command for this store: nobody that we could tell from others."""
    return OperatorWithin(store_id, _COMMAND)
