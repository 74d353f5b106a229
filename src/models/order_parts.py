"""The parts of an order."""

from __future__ import annotations

from bson import ObjectId
from mongoengine import (
    DateTimeField,
    EmbeddedDocument,
    EnumField,
    IntField,
    MapField,
    ObjectIdField,
    StringField,
)

from src.utils.order_states import OrderStatus


class OrderLine(EmbeddedDocument):
    """A snapshot of what was bought. `price` and `amount` in fen.

    `amount` is what is paid for the line: `price` times `quantity`, unless staff have changed the order's price.

    `category_id` is the category that the product was filed under when it was bought.

    `refund_quantity` and `refund_amount` are what is promised to refunds: never more than `quantity` and `amount`.
    """

    product_id = ObjectIdField(required=True)
    sku_id = ObjectIdField(required=True)
    category_id = ObjectIdField()
    name = StringField(required=True)
    specs = MapField(StringField())
    image = StringField(default="")
    price = IntField(required=True, min_value=0)
    quantity = IntField(required=True, min_value=1)
    amount = IntField(required=True, min_value=0)
    refund_quantity = IntField(required=True, default=0, min_value=0)
    refund_amount = IntField(required=True, default=0, min_value=0)

    @property
    def listed_amount(self) -> int:
        amount: int = self.price * self.quantity
        return amount

    @property
    def item_id(self) -> ObjectId:
        """The line's id within its order: an order has one line per SKU."""
        return ObjectId(self.sku_id)


class Address(EmbeddedDocument):
    name = StringField(required=True)
    phone = StringField(required=True)
    province = StringField(required=True)
    city = StringField(required=True)
    district = StringField(required=True)
    detail = StringField(required=True)


class StatusChange(EmbeddedDocument):
    """One row of an order's history; the first one has no `source`."""

    seq = IntField(required=True)
    source = EnumField(OrderStatus)
    target = EnumField(OrderStatus, required=True)
    actor = StringField(required=True)
    reason = StringField(default="")
    at = DateTimeField(required=True)


class Repricing(EmbeddedDocument):
    """One change of the order's price by staff: the total before and after, in fen."""

    before = IntField(required=True, min_value=0)
    after = IntField(required=True, min_value=0)
    actor = StringField(required=True)
    at = DateTimeField(required=True)
