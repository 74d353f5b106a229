"""What left the shop for an order, and what WeChat knows of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from bson import ObjectId
from mongoengine import (
    BooleanField,
    DateTimeField,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    EnumField,
    IntField,
    ObjectIdField,
    StringField,
)

# WeChat takes a first upload and one that corrects it.
MAX_UPLOADS = 2


class ParcelLine(EmbeddedDocument):
    """Units of one line of the order."""

    sku_id = ObjectIdField(required=True)
    quantity = IntField(required=True, min_value=1)

    @property
    def order_item_id(self) -> ObjectId:
        return ObjectId(self.sku_id)


class Shipment(EmbeddedDocument):
    """One parcel. `company` is best WeChat's delivery id; only then can WeChat follow the parcel.

    `items` are what is in it; empty where staff did not say.
    """

    company = StringField(required=True)
    tracking_no = StringField(required=True)
    items = EmbeddedDocumentListField(ParcelLine)


class UploadStatus(StrEnum):
    """pending: WeChat is yet to be told. failed: it refused, see `reason`. not_needed: it does not want to know."""

    PENDING = "pending"
    UPLOADED = "uploaded"
    FAILED = "failed"
    NOT_NEEDED = "not_needed"


class WeChatShipping(EmbeddedDocument):
    """How far WeChat has been told of an order's parcels.

    `revision` counts the versions of the parcels. `uploads` is how many WeChat has taken or may have taken; while
    `in_doubt` is true one more is under way, or its outcome is unknown. `tried_at` is the time of the latest one.
    A version is `partial` while more parcels are to follow: WeChat takes any number of these, and they do not count.
    """

    status = EnumField(UploadStatus, required=True)
    reason = StringField(default="")
    revision = IntField(required=True)
    uploads = IntField(required=True, default=0)
    in_doubt = BooleanField(required=True, default=False)
    partial = BooleanField(default=False)
    tried_at = DateTimeField()
    uploaded_at = DateTimeField()
    settled_at = DateTimeField()

    @property
    def uploads_at_most(self) -> int:
        """How many uploads WeChat may have taken by now."""
        return int(self.uploads) + int(self.in_doubt and not self.partial)

    @property
    def as_read(self) -> dict[str, Any]:
        """A query for orders in which no upload has begun or ended since this was read."""
        return {
            "wechat_shipping.revision": self.revision,
            "wechat_shipping.uploads": self.uploads,
            "wechat_shipping.in_doubt": self.in_doubt,
        }

    @property
    def is_correctable(self) -> bool:
        """Whether WeChat would take another version of the parcels, or need not be told of it."""
        return self.status is UploadStatus.NOT_NEEDED or self.uploads_at_most < MAX_UPLOADS


def next_version(current: WeChatShipping | None, *, needed: bool, partial: bool = False) -> WeChatShipping:
    """Returns what to store beside new parcels."""
    return WeChatShipping(
        status=UploadStatus.PENDING if needed else UploadStatus.NOT_NEEDED,
        revision=current.revision + 1 if current else 1,
        partial=partial,
        uploads=current.uploads_at_most if current else 0,
        tried_at=current.tried_at if current else None,
    )


def stored_parcels(parcels: list[Shipment], wechat_shipping: WeChatShipping) -> dict[str, Any]:
    """Returns the values of an order with these parcels. Its `shipment` is for a process of an earlier release."""
    plain = [parcel.to_mongo().to_dict() for parcel in parcels]
    stored = [{name: value for name, value in parcel.items() if value != []} for parcel in plain]
    return {
        "parcels": stored,
        "shipment": stored[0],
        "wechat_shipping": wechat_shipping.to_mongo().to_dict(),
    }
