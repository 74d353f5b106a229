"""What calls name of a store: ids and values of documents that are there."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from bson import ObjectId

from src.models.connection import database
from src.utils.pages import MAX_DEPTH, MAX_SIZE

Raw = dict[str, Any]
NOBODYS_ID = "0123456789abcdef01234567"
# Of which documents a path takes the id.
_PLACES: dict[str, tuple[str, Raw]] = {
    "product_id": ("products", {"status": "on_sale"}),
    "order_id": ("orders", {"status": "completed"}),
    "refund_id": ("refunds", {}),
    "sku_id": ("stock_moves", {}),
    "webhook_id": ("webhook_endpoints", {}),
    "delivery_id": ("webhook_deliveries", {}),
    "reconciliation_id": ("reconciliations", {}),
    "job_id": ("jobs", {}),
    "import_id": ("imports", {}),
    "export_id": ("exports", {"state": "ready"}),
    "file_id": ("media_files", {"state": "stored"}),
    "staff_id": ("staff", {}),
}
_PLACEHOLDER = re.compile(r"<id:(\w+)>")
_OF_STAFF = ("/api/merchant/", "/api/jobs", "/api/products", "/api/uploads")
_PRINTED = 20
# A page of the largest size that lists of thousands have.
_DEEP = 20


@dataclass(frozen=True)
class Examples:
    """Values of documents of the store and of one of its shoppers; of what the store has none, nobody's id."""

    store_id: ObjectId
    user_id: ObjectId

    def path(self, rule: str) -> str | None:
        """Return a path of the rule; None if there is nothing that it could be about."""
        ids = {name: self._id(name, rule) for name in _PLACEHOLDER.findall(rule)}
        return None if None in ids.values() else _PLACEHOLDER.sub(lambda match: str(ids[match[1]]), rule)

    def _id(self, name: str, rule: str) -> ObjectId | None:
        if name == "tenant_id":
            return self.store_id
        collection, like = _PLACES[name]
        of_shopper = {} if rule.startswith(_OF_STAFF) else {"user_id": self.user_id}
        found = self._first(collection, **like, **of_shopper)
        id_of: ObjectId | None = found.get("sku_id" if name == "sku_id" else "_id")
        return id_of

    def _first(self, collection: str, **like: Any) -> Raw:
        return database()[collection].find_one({"store_id": self.store_id, **like}) or {}

    def deep_pages(self, collection: str) -> list[Raw]:
        """Return pages far into a list of the collection; as far as pages go if it is as long."""
        enough = database()[collection].count_documents({"store_id": self.store_id}, limit=MAX_DEPTH) == MAX_DEPTH
        pages = (_DEEP, MAX_DEPTH // MAX_SIZE) if enough else (_DEEP,)
        return [{"page": page, "size": MAX_SIZE} for page in pages]

    @cached_property
    def _order(self) -> Raw:
        newest = [("created_at", -1), ("_id", -1)]
        return database()["orders"].find_one({"store_id": self.store_id}, sort=newest) or {}

    @cached_property
    def _product(self) -> Raw:
        """One that has a category and, unless no product has any, a brand."""
        filed = {"status": "on_sale", "category_path.0": {"$exists": True}}
        brand = self._first("brands").get("_id")
        return self._first("products", **filed, brand_id=brand) or self._first("products", **filed)

    @property
    def now(self) -> datetime:
        """When the newest order was placed."""
        at: datetime = self._order.get("created_at", datetime.now(UTC))
        return at

    @property
    def order_no(self) -> str:
        """Of the newest order."""
        return str(self._order.get("order_no", "00000000"))

    @property
    def amount(self) -> int:
        """What the newest order costs, in fen."""
        return int(self._order.get("total_amount", 0))

    @property
    def receiver(self) -> str:
        """To whom the newest order goes."""
        return str(self._order.get("address", {}).get("name", "林"))

    @property
    def phone(self) -> str:
        """Of the newest order's receiver."""
        return str(self._order.get("address", {}).get("phone", "13800138000"))

    @property
    def product_id(self) -> str:
        """Of a product that somebody has bought."""
        lines = self._order.get("items", [{}])
        return str(lines[0].get("product_id", NOBODYS_ID))

    @property
    def sku_id(self) -> str:
        """Of what somebody has bought."""
        return str(self._id("sku_id", "/api/merchant/") or NOBODYS_ID)

    @property
    def paid_order_ids(self) -> list[str]:
        """Some that wait for their parcels."""
        found = database()["orders"].find({"store_id": self.store_id, "status": "paid"}, {"_id": 1}).limit(_PRINTED)
        return [str(raw["_id"]) for raw in found]

    @property
    def product_name(self) -> str:
        """The whole name of a product."""
        return str(self._product.get("name", "-"))

    @property
    def category(self) -> str:
        """The name of a category at the root."""
        return str(self._root.get("name", "-"))

    @property
    def category_id(self) -> str:
        """The id of a category at the root."""
        return str(self._root.get("_id", NOBODYS_ID))

    @cached_property
    def _root(self) -> Raw:
        path = self._product.get("category_path", [None])
        return self._first("categories", _id=path[0])

    @property
    def brand_id(self) -> str:
        """Of a brand that products have."""
        return str(self._product.get("brand_id", NOBODYS_ID))

    @property
    def tag(self) -> str:
        """One that products have."""
        tags: list[str] = self._first("products", **{"tags.0": {"$exists": True}}).get("tags", ["-"])
        return tags[0]

    @property
    def spec(self) -> str:
        """A name and a value that SKUs have."""
        found = self._first("products", search_tokens={"$regex": "^: "})
        tokens = [token for token in found.get("search_tokens", []) if token.startswith(": ")]
        return tokens[0][2:].replace("\t", ":") if tokens else "-:-"

    @property
    def kind(self) -> str:
        """Of a job."""
        return str(self._first("jobs").get("kind", "webhook.deliver"))

    @property
    def staff_id(self) -> str:
        """Of a member of the staff."""
        return str(self._id("staff_id", "/api/merchant/") or NOBODYS_ID)
