"""Pictures of the codes that open a product's page."""

from __future__ import annotations

from bson import ObjectId
from mongoengine import BinaryField, DateTimeField, ObjectIdField, StringField
from pymongo.errors import DuplicateKeyError

from src.models.documents import StoreDocument


class ProductCode(StoreDocument):
    """The code of one product on one page of one mini-program. It never changes."""

    meta = {
        "collection": "product_codes",
        "indexes": [{"fields": ["store_id", "product_id", "page", "appid"], "unique": True}],
    }

    product_id = ObjectIdField(required=True)
    page = StringField(required=True)
    appid = StringField(required=True)
    picture = BinaryField(required=True)
    digest = StringField(required=True)
    created_at = DateTimeField(required=True)

    @classmethod
    def find(cls, store_id: ObjectId, product_id: ObjectId, *, page: str, appid: str) -> ProductCode | None:
        return cls.find_document({"store_id": store_id, "product_id": product_id, "page": page, "appid": appid})

    @classmethod
    def put(cls, code: ProductCode) -> ProductCode:
        """Returns the stored code: this one, unless another process has just stored one."""
        try:
            return code.insert(session=None)
        except DuplicateKeyError:
            found = cls.find(code.store_id, code.product_id, page=code.page, appid=code.appid)
            assert found is not None, "codes are never deleted"
            return found
