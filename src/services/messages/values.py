"""What a subscribe message can say of an order or a refund."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum

from src.models.orders import Order
from src.models.refunds import Refund
from src.models.stores import Store

_BEIJING = timezone(timedelta(hours=8))
FIXED_TEXT = "="


class MessageKind(StrEnum):
    """The occasions on which a shopper gets a message."""

    ORDER_PAID = "order_paid"
    ORDER_SHIPPED = "order_shipped"
    REFUND_SUCCEEDED = "refund_succeeded"


@dataclass(frozen=True)
class Occasion:
    """What a message is about."""

    kind: MessageKind
    store: Store
    order: Order
    refund: Refund | None = None

    @property
    def told_refund(self) -> Refund:
        assert self.refund is not None, "messages about refunds have one"
        return self.refund


@dataclass(frozen=True)
class Source:
    """One thing a message can say, and the field types that take it."""

    types: frozenset[str]
    text: Callable[[Occasion], str]


def sources_of(kind: MessageKind) -> dict[str, Source]:
    """Returns what messages of this kind can say, by name."""
    return _COMMON | _OF_KIND[kind]


def source_of(kind: MessageKind, name: str) -> Source | None:
    """Returns the source of that name; None if messages of this kind have no such thing to say."""
    return sources_of(kind).get(name)


def values_of(occasion: Occasion, fields: Mapping[str, str]) -> dict[str, str]:
    """Returns the text of each field; `fields` names their sources, or has fixed texts behind a `=`."""
    return {field: _text(occasion, wanted) for field, wanted in fields.items()}


def _text(occasion: Occasion, wanted: str) -> str:
    if wanted.startswith(FIXED_TEXT):
        return wanted.removeprefix(FIXED_TEXT)
    source = source_of(occasion.kind, wanted)
    assert source is not None, "templates are checked when their store is saved"
    return source.text(occasion) or "-"


def _product_name(occasion: Occasion) -> str:
    first, *others = occasion.order.items
    return f"{first.name} 等{len(others) + 1}种商品" if others else str(first.name)


def _quantity(occasion: Occasion) -> str:
    return str(sum(line.quantity for line in occasion.order.items))


def _parcels(attribute: str) -> Callable[[Occasion], str]:
    def text(occasion: Occasion) -> str:
        parcels = occasion.order.shipped_parcels
        return str(getattr(parcels[0], attribute)) if parcels else ""

    return text


def _money(fen: int) -> str:
    return f"¥{fen // 100}.{fen % 100:02d}"


def _moment(at: datetime | None) -> str:
    if at is None:
        return ""
    here = at.astimezone(_BEIJING)
    return f"{here.year}年{here.month}月{here.day}日 {here:%H:%M}"


_STATUS = {
    MessageKind.ORDER_PAID: "已付款",
    MessageKind.ORDER_SHIPPED: "已发货",
    MessageKind.REFUND_SUCCEEDED: "已退款",
}
_WORDS, _NUMBERS = frozenset({"thing"}), frozenset({"character_string"})
_MONEY, _TIMES = frozenset({"amount", "thing"}), frozenset({"time", "date", "thing"})

_COMMON: dict[str, Source] = {
    "storeName": Source(_WORDS, lambda occasion: str(occasion.store.name)),
    "productName": Source(_WORDS, _product_name),
    "quantity": Source(frozenset({"number", "thing"}), _quantity),
    "orderNo": Source(_NUMBERS, lambda occasion: str(occasion.order.order_no)),
    "totalAmount": Source(_MONEY, lambda occasion: _money(occasion.order.total_amount)),
    "paidAt": Source(_TIMES, lambda occasion: _moment(occasion.order.paid_at)),
    "status": Source(frozenset({"phrase", "thing"}), lambda occasion: _STATUS[occasion.kind]),
}
_OF_KIND: dict[MessageKind, dict[str, Source]] = {
    MessageKind.ORDER_PAID: {},
    MessageKind.ORDER_SHIPPED: {
        "company": Source(_WORDS, _parcels("company")),
        "trackingNo": Source(_NUMBERS, _parcels("tracking_no")),
        "shippedAt": Source(_TIMES, lambda occasion: _moment(occasion.order.shipped_at)),
    },
    MessageKind.REFUND_SUCCEEDED: {
        "refundNo": Source(_NUMBERS, lambda occasion: str(occasion.told_refund.refund_no)),
        "refundAmount": Source(_MONEY, lambda occasion: _money(occasion.told_refund.amount_fen)),
        "refundedAt": Source(_TIMES, lambda occasion: _moment(occasion.told_refund.succeeded_at)),
    },
}
