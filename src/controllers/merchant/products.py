"""Products as staff see and change them."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.preconditions import etag_of, expected_versions
from src.controllers.schemas.base import NoArguments
from src.controllers.schemas.product_forms import ProductEditIn, ProductIn
from src.controllers.schemas.product_lists import MerchantProductQuery, StoreProductPageOut
from src.controllers.schemas.products import StoreProductOut
from src.middleware.context import services, staff_member
from src.middleware.idempotency import idempotent
from src.services.catalogue.product_inputs import CreateProduct, EditProduct
from src.utils.errors import CategoryTreeConflict, EditedMeanwhile, NotFound, SkuCodeTaken, StoreLimitReached

ETAG = {"ETag": "ProductVersion"}
reading = Blueprint("merchant_products", __name__, url_prefix="/api/merchant/products", description="All products")
editing = Blueprint("product_editing", __name__, url_prefix="/api/products", description="Changing products")


@reading.route("")
class MerchantProductsView(MethodView):
    @reading.operation("listStoreProducts")
    @reading.arguments(MerchantProductQuery, location="query")
    @reading.response(200, StoreProductPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List products on and off sale

        In pages, or by `cursor` for whoever reads them all. A keyword that is the code or the barcode of a SKU finds
        that first, in just these letters.
        """
        store_id, catalog = staff_member().store_id, services().catalog
        return catalog.list_products(store_id, query["wanted"], query["page"], cursor=query["cursor"])


@reading.route("/<id:product_id>")
class MerchantProductView(MethodView):
    @reading.operation("getStoreProduct", NotFound)
    @reading.response(200, StoreProductOut, headers=ETAG)
    def get(self, product_id: ObjectId) -> Any:
        """Read a product, a draft too

        With what is in stock of each SKU. The ETag is its version, for `If-Match`.
        """
        view = services().catalog.get(staff_member().store_id, product_id)
        return view, etag_of(view)


@editing.route("")
class ProductCreationView(MethodView):
    @idempotent
    @editing.operation(
        "createProduct", NotFound, SkuCodeTaken, CategoryTreeConflict, StoreLimitReached, idempotent=True
    )
    @editing.arguments(ProductIn)
    @editing.response(201, StoreProductOut, headers=ETAG)
    def post(self, body: CreateProduct) -> Any:
        """Create a product

        Name, price and stock are enough; skus make variants. With publishAt it is a draft until then.
        """
        view = services().product_editing.create(staff_member(), body)
        return view, etag_of(view)


@editing.route("/<id:product_id>")
class ProductEditingView(MethodView):
    @editing.operation("updateProduct", NotFound, EditedMeanwhile, SkuCodeTaken, CategoryTreeConflict, conditional=True)
    @editing.arguments(ProductEditIn)
    @editing.response(200, StoreProductOut, headers=ETAG)
    def put(self, body: EditProduct, product_id: ObjectId) -> Any:
        """Change the given fields of a product

        A SKU left out of skus is retired, never deleted. Stock has its own operation. A status ends the wait of
        publishAt unless one is given as well.
        """
        view = services().product_editing.edit(staff_member(), product_id, body, versions=expected_versions())
        return view, etag_of(view)

    @editing.operation("deleteProduct", NotFound, EditedMeanwhile, conditional=True)
    @editing.response(200)
    def delete(self, product_id: ObjectId) -> None:
        """Delete a product

        It disappears from all lists; orders keep what they have of it.
        """
        services().product_editing.delete(staff_member(), product_id, versions=expected_versions())


@editing.route("/<id:product_id>/duplicate")
class DuplicationView(MethodView):
    @idempotent
    @editing.operation("duplicateProduct", NotFound, StoreLimitReached, idempotent=True)
    @editing.arguments(NoArguments)
    @editing.response(201, StoreProductOut, headers=ETAG)
    def post(self, body: dict[str, Any], product_id: ObjectId) -> Any:
        """Make a draft like a product

        With its SKUs that can be bought, without their stock and their codes.
        """
        view = services().product_editing.duplicate(staff_member(), product_id)
        return view, etag_of(view)
