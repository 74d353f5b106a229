"""Shapes of orders as staff find, read, price and pack them."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from src.controllers.schemas.base import PageQuery, RequestSchema, ResponseSchema, page_of
from src.controllers.schemas.fields import BoundedList, Id, Integer, Moment, QueryInteger, Text, Token
from src.controllers.schemas.orders import AddressOut, OrderOut
from src.controllers.schemas.payments import MerchantPaymentOut
from src.controllers.schemas.periods import Period
from src.controllers.schemas.refunds import RefundSummaryOut
from src.controllers.schemas.shipments import OrderParcelOut, WeChatShippingOut, tracking_number
from src.controllers.schemas.stock import StockMoveOut
from src.services.orders.checkout import MAX_LINES, MAX_TOTAL_FEN
from src.services.orders.packing_slips import MOST_SLIPS
from src.services.orders.repricing import RepriceOrder
from src.services.orders.store_orders import OrderFilter
from src.utils.object_ids import is_object_id
from src.utils.order_states import OrderStatus
from src.utils.search_tokens import normalise

MAX_NOTE = 500
_ONE = "|".join(OrderStatus)
_FILTERS = ("order_no", "order_no_end", "tracking_no", "phone", "receiver", "amount", "since", "until")


class Statuses(fields.Field[list[OrderStatus]]):
    """One status, or several with commas between them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[OrderStatus]:
        names = str(value).split(",", maxsplit=len(OrderStatus))
        if len(set(names)) < len(names) or not set(names) <= {status.value for status in OrderStatus}:
            raise ValidationError(f"One or more, each once, of: {', '.join(OrderStatus)}.")
        return [OrderStatus(name) for name in names]


class StoreOrderQuery(Period, PageQuery):
    """All that is given is true of an order; the period is that in which it was placed."""

    status = Statuses(
        metadata={
            "type": "string",
            "pattern": f"^({_ONE})(,({_ONE}))*$",
            "example": "pending,paid",
            "description": "Several with commas between them.",
        }
    )
    order_no = Token(
        validate=validate.Regexp(r"\A[0-9A-Z]{8,27}\Z", error="8 to 27 digits and capital letters."),
        metadata={"example": "20261120", "description": "The number, or how it begins."},
    )
    order_no_end = Token(
        validate=validate.Regexp(r"\A[0-9A-Z]{6,27}\Z", error="6 to 27 digits and capital letters."),
        metadata={"example": "WQ2ZB7M", "description": "How the number ends."},
    )
    tracking_no = tracking_number()
    phone = Token(
        validate=validate.Regexp(r"\A(1[0-9]{10}|[0-9]{4})\Z", error="A mobile number or its last four digits."),
        metadata={"example": "8000", "description": "The receiver's, or its last four digits."},
    )
    receiver = Text(
        min_length=1, max_length=30, metadata={"example": "林", "description": "How the receiver's name begins."}
    )
    product_name = Text(
        min_length=1,
        max_length=50,
        metadata={"example": "乌龙", "description": "As the keyword of the list of products; of the 40 that fit best."},
    )
    amount = QueryInteger(maximum=MAX_TOTAL_FEN, metadata={"example": 7800, "description": "Fen, exactly."})

    @validates_schema
    def texts_are_not_blank(self, data: dict[str, Any], **kwargs: Any) -> None:
        for name, shown in (("receiver", "receiver"), ("product_name", "productName")):
            if name in data and not normalise(data[name]):
                raise ValidationError("Nothing to search for.", shown)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        query: dict[str, Any] = super().build(data)
        wanted = OrderFilter(query.get("status", ()), **{name: query[name] for name in _FILTERS if name in query})
        return {"page": query["page"], "wanted": wanted, "product_name": query.get("product_name")}


class PriceAdjustmentIn(RequestSchema):
    order_item_id = Id(required=True)
    amount = Integer(
        required=True,
        minimum=-MAX_TOTAL_FEN,
        maximum=MAX_TOTAL_FEN,
        metadata={"example": -500, "description": "Fen that are added to what is paid for the line."},
    )


class RepriceIn(RequestSchema):
    """The new total, or what changes of single lines.

    Of a total the freight stays as it is; what is left is divided among the lines by their list prices.
    """

    total_amount = Integer(
        maximum=MAX_TOTAL_FEN,
        metadata={"example": 6800, "description": "Fen of goods and freight; no less than the freight."},
    )
    adjustments = BoundedList(fields.Nested(PriceAdjustmentIn), min_length=1, max_length=MAX_LINES)
    expected = Integer(
        required=True,
        maximum=MAX_TOTAL_FEN,
        metadata={"example": 7800, "description": "The total until now in fen; refused if it differs."},
    )

    @validates_schema
    def is_one_or_the_other(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("total_amount" in data) is ("adjustments" in data):
            raise ValidationError("Either this or adjustments.", "totalAmount")

    @validates_schema
    def has_each_line_once(self, data: dict[str, Any], **kwargs: Any) -> None:
        lines = [one["order_item_id"] for one in data.get("adjustments", [])]
        if len(set(lines)) < len(lines):
            raise ValidationError("A line is given more than once.", "adjustments")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> RepriceOrder:
        lines = data.get("adjustments")
        added = None if lines is None else {one["order_item_id"]: one["amount"] for one in lines}
        return RepriceOrder(data["expected"], data.get("total_amount"), added)


class StaffNoteIn(RequestSchema):
    note = Text(required=True, max_length=MAX_NOTE, metadata={"example": "周五前发货"})


class IdList(fields.Field[list[ObjectId]]):
    """Ids with commas between them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[ObjectId]:
        ids = str(value).split(",") if len(str(value)) <= 25 * MOST_SLIPS else []
        if not ids or len(ids) > MOST_SLIPS or not all(map(is_object_id, ids)) or len(set(ids)) < len(ids):
            raise ValidationError(f"1 to {MOST_SLIPS} ids, each once, with commas between them.")
        return [ObjectId(one) for one in ids]


class PackingSlipQuery(RequestSchema):
    ids = IdList(
        required=True,
        metadata={"type": "string", "example": "66f0a1b2c3d4e5f60718293a", "description": "With commas between them."},
    )


class RepricingOut(ResponseSchema):
    before = Integer(required=True, metadata={"description": "Fen.", "example": 7800})
    after = Integer(required=True, metadata={"description": "Fen.", "example": 6800})
    actor = fields.String(required=True, metadata={"example": "staff:66f0a1b2c3d4e5f60718293a"})
    at = Moment(required=True)


class MerchantOrderOut(OrderOut):
    user_id = Id(required=True)
    staff_note = fields.String(
        required=True, metadata={"example": "周五前发货", "description": "For staff; shoppers do not see it."}
    )
    repricings = fields.List(
        fields.Nested(RepricingOut), required=True, metadata={"description": "How staff changed the price."}
    )
    wechat_shipping = fields.Nested(WeChatShippingOut, required=True, allow_none=True)
    allowed_actions = fields.List(
        fields.String(metadata={"enum": ["ship", "reprice"]}),
        required=True,
        attribute="staff_actions",
        metadata={"description": "What the store's staff may do now.", "example": []},
    )


class OrderEventOut(ResponseSchema):
    type = fields.String(required=True, metadata={"example": "order.paid"})
    at = Moment(required=True, attribute="occurred_at")


class MerchantOrderDetailOut(MerchantOrderOut):
    """An order with all that belongs to it, the oldest of each first."""

    refunds = fields.List(fields.Nested(RefundSummaryOut), required=True)
    payments = fields.List(
        fields.Nested(MerchantPaymentOut),
        required=True,
        allow_none=True,
        metadata={"description": "null for who may not read payments."},
    )
    stock_moves = fields.List(
        fields.Nested(StockMoveOut),
        required=True,
        allow_none=True,
        metadata={"description": "null for who may not read stock."},
    )
    events = fields.List(
        fields.Nested(OrderEventOut),
        required=True,
        metadata={"description": "Of the order, its refunds and its payments; old ones are forgotten."},
    )

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        own = attr in ("refunds", "payments", "stock_moves", "events")
        return getattr(obj if own else obj.order, attr, default)


class PackingLineOut(ResponseSchema):
    name = fields.String(required=True, attribute="line.name", metadata={"example": "高山乌龙茶"})
    specs = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        attribute="line.specs",
        metadata={"example": {"规格": "250g"}},
    )
    code = fields.String(required=True, attribute="sku.code", metadata={"example": "TEA-250"})
    barcode = fields.String(required=True, attribute="sku.barcode", metadata={"example": "6901234567892"})
    quantity = Integer(required=True, attribute="line.quantity", metadata={"example": 2})
    to_send = Integer(required=True, metadata={"description": "Units that are yet to leave.", "example": 2})
    price = Integer(required=True, attribute="line.price", metadata={"description": "Fen.", "example": 3900})
    amount = Integer(required=True, attribute="line.amount", metadata={"description": "Fen.", "example": 7800})


class PackingSlipOut(ResponseSchema):
    order_id = Id(required=True, attribute="order.id")
    order_no = fields.String(
        required=True, attribute="order.order_no", metadata={"example": "202611201000009T3K8XWQ2ZB7M"}
    )
    store_name = fields.String(required=True, attribute="store.name", metadata={"example": "小满茶铺"})
    status = fields.Enum(OrderStatus, by_value=fields.String, required=True, attribute="order.status")
    address = fields.Nested(AddressOut, required=True, attribute="order.address")
    note = fields.String(required=True, attribute="order.note", metadata={"example": "请放门口"})
    staff_note = fields.String(required=True, attribute="order.staff_note", metadata={"example": ""})
    items = fields.List(fields.Nested(PackingLineOut), required=True, attribute="lines")
    listed_amount = Integer(required=True, attribute="order.listed_amount", metadata={"example": 8600})
    goods_amount = Integer(
        required=True, attribute="order.goods_amount", metadata={"description": "Fen.", "example": 7800}
    )
    freight_amount = Integer(
        required=True, attribute="order.freight_amount", metadata={"description": "Fen.", "example": 800}
    )
    total_amount = Integer(
        required=True, attribute="order.total_amount", metadata={"description": "Fen.", "example": 8600}
    )
    parcels = fields.List(
        fields.Nested(OrderParcelOut), required=True, attribute="order.shipped_parcels", metadata={"example": []}
    )
    created_at = Moment(required=True, attribute="order.created_at")
    paid_at = Moment(required=True, allow_none=True, attribute="order.paid_at")


class PackingSlipsOut(ResponseSchema):
    list = fields.List(fields.Nested(PackingSlipOut), required=True)


MerchantOrderPageOut = page_of(MerchantOrderOut)
