"""What pictures are for, what becomes of them, and the sizes they are shown in."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    PRODUCT = "product"
    AVATAR = "avatar"
    REFUND = "refund"


class MediaState(StrEnum):
    """ARRIVING: its object may be on the way. STORED: it can be used. REMOVING: its objects are being deleted."""

    ARRIVING = "arriving"
    STORED = "stored"
    REMOVING = "removing"


class Variant(StrEnum):
    """A smaller picture, made by a job."""

    THUMBNAIL = "thumbnail"
    LIST = "list"
    DETAIL = "detail"


def variant_of(name: str, variant: Variant) -> str:
    """Returns the key or address of the variant of the picture that has this key or address."""
    return f"{name.rpartition('.')[0]}-{variant}.webp"
