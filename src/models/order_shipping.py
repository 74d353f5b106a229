"""Guarded changes of an order's parcels and of what WeChat knows about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.client_session import ClientSession

from src.models.orders import Order
from src.models.parcels import UploadStatus, WeChatShipping
from src.utils.order_states import OrderStatus

_TO_TELL = [UploadStatus.PENDING.value, UploadStatus.FAILED.value]


def replace_parcels(order: Order, values: dict[str, Any], *, now: datetime, session: ClientSession) -> Order | None:
    """Sets the `values` of `stored_parcels`; None if the order is not shipped, or has changed since it was read."""
    shipping: WeChatShipping | None = order.wechat_shipping
    return Order.change(
        {
            "_id": order.id,
            "store_id": order.store_id,
            "status": OrderStatus.SHIPPED.value,
            **(shipping.as_read if shipping else {"wechat_shipping": None}),
        },
        {"$set": {**values, "updated_at": now}},
        session=session,
    )


def add_parcels(order: Order, values: dict[str, Any], *, now: datetime, session: ClientSession) -> Order:
    """Sets the `values` of `stored_parcels` of a paid order that was read in this transaction."""
    sent = Order.change(
        {"_id": order.id, "store_id": order.store_id, "status": OrderStatus.PAID.value},
        {"$set": {**values, "updated_at": now}},
        session=session,
    )
    assert sent is not None, "the snapshot of this transaction has the order paid"
    return sent


def begin_upload(order_id: ObjectId, revision: int, *, at: datetime) -> Order | None:
    """Records that WeChat is being told of this version; None if it knows, or there is a later version."""
    query = {"wechat_shipping.status": {"$in": _TO_TELL}}
    begun = {"status": UploadStatus.PENDING.value, "in_doubt": True, "tried_at": at}
    return _record(order_id, revision, begun, query=query)


def record_uploaded(order_id: ObjectId, revision: int, *, at: datetime, partial: bool = False) -> None:
    """WeChat has taken this version. It counts the uploads that say that everything has left."""
    taken = {"status": UploadStatus.UPLOADED.value, "reason": "", "in_doubt": False, "uploaded_at": at}
    _record(order_id, revision, taken, query={"wechat_shipping.in_doubt": True}, uploads=0 if partial else 1)


def record_put_off(order_id: ObjectId, revision: int, reason: str, *, in_doubt: bool) -> bool:
    """WeChat is to be told again. `in_doubt`: nobody knows whether it has taken this version already.

    False if there is a later version by now.
    """
    return _record(order_id, revision, {"reason": reason, "in_doubt": in_doubt}) is not None


def record_refused(order_id: ObjectId, revision: int, reason: str, *, in_doubt: bool) -> bool:
    """WeChat will not be told again of this version by itself. False if there is a later version by now."""
    values = {"status": UploadStatus.FAILED.value, "reason": reason, "in_doubt": in_doubt}
    return _record(order_id, revision, values) is not None


def record_settled(order: Order, at: datetime) -> None:
    """WeChat says when it paid the money out; what it said first stays."""
    Order.collection().update_one({"_id": order.id, "wechat_shipping.settled_at": None}, {"$set": settled(order, at)})


def settled(order: Order, at: datetime) -> dict[str, Any]:
    """Returns the values of an order whose money WeChat pays out."""
    if order.wechat_shipping is not None:
        return {"wechat_shipping.settled_at": at}
    # Of an order of an earlier release somebody told WeChat in its console.
    known = WeChatShipping(status=UploadStatus.UPLOADED, revision=1, settled_at=at)
    return {"wechat_shipping": known.to_mongo().to_dict()}


def _record(
    order_id: ObjectId, revision: int, values: dict[str, Any], *, query: dict[str, Any] | None = None, uploads: int = 0
) -> Order | None:
    update: dict[str, Any] = {"$set": {f"wechat_shipping.{name}": value for name, value in values.items()}}
    if uploads:
        update["$inc"] = {"wechat_shipping.uploads": uploads}
    return Order.change({"_id": order_id, "wechat_shipping.revision": revision, **(query or {})}, update, session=None)
