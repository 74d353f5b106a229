"""The life of a store."""

from __future__ import annotations

from enum import StrEnum


class StoreStatus(StrEnum):
    """What a store may do.

    suspended: nobody shops or works in it; the money that is under way goes on. deleting: it is being removed.
    """

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETING = "deleting"
