"""Products as staff see and change them."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.products import (
    MerchantProductQuery,
    ProductEditIn,
    ProductIn,
    ProductOut,
    ProductPageOut,
    StockChangeIn,
    StockOut,
)
from src.middleware.context import services, staff_member
from src.services.catalog import ProductView
from src.services.product_editing import CreateProduct, EditProduct
from src.utils.errors import NotFound, StockChanged

reading = Blueprint("merchant_products", __name__, url_prefix="/api/merchant/products", description="All products")
editing = Blueprint("product_editing", __name__, url_prefix="/api/products", description="Changing products")
stock = Blueprint("stock", __name__, url_prefix="/api/merchant/skus", description="Stock")


@reading.route("")
class MerchantProductsView(MethodView):
    @reading.operation("listStoreProducts")
    @reading.arguments(MerchantProductQuery, location="query")
    @reading.response(200, ProductPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List products on and off sale"""
        return services().catalog.list_products(staff_member().store_id, query["wanted"], query["page"])


@reading.route("/<id:product_id>")
class MerchantProductView(MethodView):
    @reading.operation("getStoreProduct", NotFound)
    @reading.response(200, ProductOut)
    def get(self, product_id: ObjectId) -> ProductView:
        """Read a product on or off sale"""
        return services().catalog.get(staff_member().store_id, product_id)


@editing.route("")
class ProductCreationView(MethodView):
    @editing.operation("createProduct")
    @editing.arguments(ProductIn)
    @editing.response(201, ProductOut)
    def post(self, body: CreateProduct) -> ProductView:
        """Create a product

        Name, price and stock are enough; skus make variants.
        """
        staff = staff_member()
        return services().product_editing.create(staff.store_id, body, staff_id=staff.staff_id)


@editing.route("/<id:product_id>")
class ProductEditingView(MethodView):
    @editing.operation("updateProduct", NotFound)
    @editing.arguments(ProductEditIn)
    @editing.response(200, ProductOut)
    def put(self, body: EditProduct, product_id: ObjectId) -> ProductView:
        """Change the given fields of a product

        A SKU left out of skus is retired, never deleted. Stock has its own operation.
        """
        return services().product_editing.edit(staff_member(), product_id, body)

    @editing.operation("deleteProduct", NotFound)
    @editing.response(200)
    def delete(self, product_id: ObjectId) -> None:
        """Delete a product

        It disappears from all lists; orders keep what they have of it.
        """
        services().product_editing.delete(staff_member(), product_id)


@stock.route("/<id:sku_id>/stock")
class StockView(MethodView):
    @stock.operation("adjustStock", NotFound, StockChanged)
    @stock.arguments(StockChangeIn)
    @stock.response(200, StockOut)
    def post(self, body: dict[str, Any], sku_id: ObjectId) -> Any:
        """Add to or take from the stock of a SKU"""
        return services().inventory.adjust(staff_member(), sku_id, body.pop("delta"), **body)
