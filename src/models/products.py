"""Products (SPU) with their SKUs described inside; how many there are is in `stock`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from bson import ObjectId
from mongoengine import (
    BooleanField,
    DateTimeField,
    EmbeddedDocument,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    EnumField,
    IntField,
    ListField,
    MapField,
    ObjectIdField,
    StringField,
)
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument
from src.models.product_parts import ProductAttribute, PurchaseLimit, SpecName

SEARCH_FIELDS = ("search_tokens", "search_text", "pinyin_tokens", "description_tokens", "search_description")
# Of a product in a list.
LIST_FIELDS = dict.fromkeys([*SEARCH_FIELDS, "description", "attributes"], False)


class ProductStatus(StrEnum):
    DRAFT = "draft"
    ON_SALE = "on_sale"
    OFF_SALE = "off_sale"
    DELETED = "deleted"


KEPT_STATUSES = [status.value for status in ProductStatus if status is not ProductStatus.DELETED]


class Sku(EmbeddedDocument):
    """One variant that can be bought. A retired SKU stays: orders refer to it."""

    id = ObjectIdField(required=True)
    specs = MapField(StringField())
    price = IntField(required=True, min_value=0)
    original_price = IntField(min_value=0)
    code = StringField(default="")
    barcode = StringField(default="")
    weight_g = IntField(min_value=0)
    image = StringField(default="")
    retired = BooleanField(required=True, default=False)


class Product(StoreDocument):
    """What the shop shows. `price` is the lowest SKU price; prices are fen.

    `sold_out_skus` holds the ids of the SKUs with nothing available. It changes in the transaction that takes
    the last unit or brings the first one back, so that lists can filter without looking at stock.

    `category_path` are the ids of the category and of all above it, the root's first. `category` and `brand` are
    names; jobs bring them and the path in line when the category or the brand changes.

    `sku_keys` are the codes and barcodes of the SKUs that can be bought: no two products of a store share one.
    At `publish_at` a product that is not on sale goes on sale.

    `popularity` follows `sales` in steps of a fifth. A search ranks by it, with an index entry for every token: were
    it the sales themselves, each sale would write fifty of them.
    """

    meta = {
        "collection": "products",
        "indexes": [
            # With price and stock at the end: what they leave out is neither read nor counted one by one.
            ["store_id", "status", "-created_at", "-_id", "price", "in_stock"],
            ["store_id", "status", "-sales", "-_id", "price", "in_stock"],
            ["store_id", "status", "price", "-_id", "in_stock"],
            ["store_id", "status", "-price", "-_id", "in_stock"],
            ["store_id", "status", "category", "-created_at", "-_id"],
            ["store_id", "status", "category_path", "-created_at", "-_id", "price", "in_stock"],
            ["store_id", "status", "brand_id", "-created_at", "-_id", "price", "in_stock"],
            ["store_id", "status", "tags", "-created_at", "-_id", "price", "in_stock"],
            # Read backwards: the best sold first, of equals the newest, which has the highest record id.
            ["store_id", "status", "search_tokens", "popularity"],
            ["store_id", "status", "pinyin_tokens"],
            ["store_id", "status", "description_tokens"],
            {
                "fields": ["store_id", "sku_keys"],
                "unique": True,
                "partialFilterExpression": {"sku_keys": {"$gt": ""}},
            },
            {"fields": ["publish_at"], "partialFilterExpression": {"publish_at": {"$exists": True}}},
            # Which pictures are in use; see media_references.
            ["store_id", "images"],
            ["store_id", "skus.image"],
            {
                "fields": ["store_id", "description_pictures"],
                "partialFilterExpression": {"description_pictures": {"$gt": ""}},
            },
        ],
    }

    name = StringField(required=True)
    description = StringField(default="")
    category = StringField(default="")
    category_id = ObjectIdField()
    category_path = ListField(ObjectIdField())
    brand_id = ObjectIdField()
    brand = StringField(default="")
    tags = ListField(StringField())
    images = ListField(StringField())
    description_pictures = ListField(StringField())
    video = StringField(default="")
    attributes = EmbeddedDocumentListField(ProductAttribute)
    freight_class = StringField(default="")
    purchase_limit = EmbeddedDocumentField(PurchaseLimit)
    publish_at = DateTimeField()
    status = EnumField(ProductStatus, required=True)
    price = IntField(required=True, min_value=0)
    original_price = IntField(min_value=0)
    spec_names = EmbeddedDocumentListField(SpecName)
    skus = EmbeddedDocumentListField(Sku)
    sku_keys = ListField(StringField())
    sold_out_skus = ListField(ObjectIdField())
    in_stock = BooleanField(required=True)
    sales = IntField(required=True, default=0, min_value=0)
    popularity = IntField(required=True, default=0)
    search_tokens = ListField(StringField())
    search_text = StringField(default="")
    pinyin_tokens = ListField(StringField())
    description_tokens = ListField(StringField())
    search_description = StringField(default="")
    version = IntField(required=True, default=1)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    @property
    def active_skus(self) -> list[Sku]:
        return [sku for sku in self.skus if not sku.retired]

    @property
    def retired_skus(self) -> list[Sku]:
        return [sku for sku in self.skus if sku.retired]

    @classmethod
    def count_kept(cls, store_id: ObjectId, session: ClientSession | None = None) -> int:
        """Returns how many products the store has, without those that were deleted."""
        kept = [status.value for status in ProductStatus if status is not ProductStatus.DELETED]
        return cls.collection().count_documents({"store_id": store_id, "status": {"$in": kept}}, session=session)

    @classmethod
    def find_by_id(
        cls, store_id: ObjectId, product_id: ObjectId, *, session: ClientSession | None = None
    ) -> Product | None:
        """Returns the product unless it is deleted."""
        return cls.find_document(
            {"_id": product_id, "store_id": store_id, "status": {"$ne": ProductStatus.DELETED.value}}, session=session
        )

    @classmethod
    def find_on_sale(cls, store_id: ObjectId, product_id: ObjectId) -> Product | None:
        return cls.find_document({"_id": product_id, "store_id": store_id, "status": ProductStatus.ON_SALE.value})

    @classmethod
    def list_on_sale_by_ids(
        cls, store_id: ObjectId, product_ids: list[ObjectId], *, session: ClientSession | None = None
    ) -> list[Product]:
        found = cls.collection().find(
            {"_id": {"$in": product_ids}, "store_id": store_id, "status": ProductStatus.ON_SALE.value},
            projection=LIST_FIELDS,
            session=session,
        )
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def list_by_ids(
        cls, store_id: ObjectId, product_ids: Sequence[ObjectId], *, session: ClientSession
    ) -> list[Product]:
        """Returns those of the products that are not deleted, in no order."""
        query = {"_id": {"$in": list(product_ids)}, "store_id": store_id, "status": {"$in": KEPT_STATUSES}}
        return [cls._from_son(raw) for raw in cls.collection().find(query, session=session)]

    def edited(self, values: dict[str, Any], new_sold_out: list[ObjectId], *, session: ClientSession) -> Product | None:
        """Sets `values` if nobody has edited the product since this was read; the stock flags follow the new SKUs.

        A value of None takes the field away.
        """
        query = {
            "_id": self.id,
            "store_id": self.store_id,
            "version": self.version,
            "status": {"$ne": ProductStatus.DELETED.value},
        }
        pipeline: list[dict[str, Any]] = [
            {"$set": {name: "$$REMOVE" if value is None else {"$literal": value} for name, value in values.items()}},
            {
                "$set": {
                    "version": self.version + 1,
                    "sold_out_skus": {"$setUnion": ["$sold_out_skus", new_sold_out]},
                }
            },
            {"$set": {"in_stock": _IN_STOCK}},
        ]
        return self.change(query, pipeline, session=session)

    def taken_keys(self, keys: Sequence[str], *, session: ClientSession) -> list[str]:
        """Returns those of the keys of SKUs that other products have."""
        if not keys:
            return []
        others = {"store_id": self.store_id, "sku_keys": {"$in": list(keys)}, "_id": {"$ne": self.id}}
        found = self.collection().find(others, {"sku_keys": 1}, session=session)
        return sorted({key for raw in found for key in raw["sku_keys"]} & set(keys))

    @classmethod
    def mark_sold_out(cls, product_id: ObjectId, sku_id: ObjectId, *, session: ClientSession) -> None:
        cls._change_sold_out(product_id, {"$setUnion": ["$sold_out_skus", [sku_id]]}, session=session)

    @classmethod
    def mark_available(cls, product_id: ObjectId, sku_id: ObjectId, *, session: ClientSession) -> None:
        cls._change_sold_out(product_id, {"$setDifference": ["$sold_out_skus", [sku_id]]}, session=session)

    @classmethod
    def _change_sold_out(cls, product_id: ObjectId, value: dict[str, Any], *, session: ClientSession) -> None:
        cls.collection().update_one(
            {"_id": product_id},
            [{"$set": {"sold_out_skus": value}}, {"$set": {"in_stock": _IN_STOCK}}],
            session=session,
        )

    @classmethod
    def add_sales(cls, product_id: ObjectId, quantity: int, *, session: ClientSession) -> None:
        sold = {"sales": {"$add": ["$sales", quantity]}}
        cls.collection().update_one(
            {"_id": product_id}, [{"$set": sold}, {"$set": {"popularity": POPULARITY}}], session=session
        )


_ACTIVE_SKU_IDS = {
    "$map": {"input": {"$filter": {"input": "$skus", "cond": {"$not": ["$$this.retired"]}}}, "in": "$$this.id"}
}
_IN_STOCK = {"$gt": [{"$size": {"$setDifference": [_ACTIVE_SKU_IDS, "$sold_out_skus"]}}, 0]}
# Four steps from any number of sales to its double.
POPULARITY = {"$toInt": {"$multiply": [4, {"$log": [{"$max": [1, {"$add": ["$sales", 1]}]}, 2]}]}}
