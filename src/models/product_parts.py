"""What a product says about itself besides its SKUs."""

from __future__ import annotations

from mongoengine import EmbeddedDocument, IntField, ListField, StringField


class SpecName(EmbeddedDocument):
    """One dimension of a product's matrix and the values it may have, in the merchant's order."""

    name = StringField(required=True)
    values = ListField(StringField())


class ProductAttribute(EmbeddedDocument):
    """A fact about all SKUs, such as where it comes from."""

    name = StringField(required=True)
    value = StringField(required=True)


class PurchaseLimit(EmbeddedDocument):
    """How many units of a product, all its SKUs together, an order may have and a shopper may buy in all."""

    per_order = IntField(min_value=1)
    per_user = IntField(min_value=1)
