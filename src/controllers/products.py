"""Products as shoppers see them."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.products import ProductOut, ProductPageOut, ProductQuery
from src.middleware.context import services, store
from src.services.catalog import ProductView

blueprint = Blueprint("products", __name__, url_prefix="/api/products", description="Products on sale")


@blueprint.route("")
class ProductsView(MethodView):
    @blueprint.operation("listProducts")
    @blueprint.arguments(ProductQuery, location="query")
    @blueprint.response(200, ProductPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List products on sale

        The keyword matches any part of a name, Chinese or not; several filters must all match.
        """
        return services().catalog.list_products(store().id, query["wanted"], query["page"])


@blueprint.route("/<id:product_id>")
class ProductDetailView(MethodView):
    @blueprint.operation("getProduct")
    @blueprint.response(200, ProductOut)
    def get(self, product_id: ObjectId) -> ProductView:
        """Read a product on sale"""
        return services().catalog.get_on_sale(store().id, product_id)
