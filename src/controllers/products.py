"""Products as shoppers see them."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.product_lists import ProductFilterQuery, ProductPageOut, ProductQuery
from src.controllers.schemas.products import ProductOut
from src.controllers.schemas.search import FacetsOut
from src.middleware.context import caller, services, store
from src.services.accounts.callers import Shopper
from src.services.catalogue.catalog import ProductPage, ProductView
from src.services.search.facets import Facets, facets

blueprint = Blueprint("products", __name__, url_prefix="/api/products", description="Products on sale")


@blueprint.route("")
class ProductsView(MethodView):
    @blueprint.operation("listProducts")
    @blueprint.arguments(ProductQuery, location="query")
    @blueprint.response(200, ProductPageOut)
    def get(self, query: dict[str, Any]) -> ProductPage:
        """List products on sale

        A search shows the product of exactly that name first, then names that begin with the keyword, names that have
        it, then what has it in pinyin, in brand, tag or category, and in the description; among these what sells
        best, then the newest. What a logged-in shopper searches for goes into the shopper's history.
        """
        wanted, known = query["wanted"], caller()
        found = services().catalog.list_products(store().id, wanted, query["page"], cursor=query["cursor"])
        is_new = query["cursor"] is None and query["page"].page == 1
        if wanted.keyword and is_new and isinstance(known, Shopper):
            services().search_histories.remember(known, wanted.keyword, has_found=bool(found.items))
        return found


@blueprint.route("/facets")
class FacetsView(MethodView):
    @blueprint.operation("getProductFacets")
    @blueprint.arguments(ProductFilterQuery, location="query")
    @blueprint.response(200, FacetsOut)
    def get(self, query: dict[str, Any]) -> Facets:
        """Count what a list could be narrowed by

        Within all the given filters. At most 5 000 products are looked at, of what the rarest filter finds: the newest,
        of a keyword or a spec the best sold, of a price the cheapest. isComplete tells whether the list has others.
        """
        return facets(store().id, query["wanted"])


@blueprint.route("/<id:product_id>")
class ProductDetailView(MethodView):
    @blueprint.operation("getProduct")
    @blueprint.response(200, ProductOut)
    def get(self, product_id: ObjectId) -> ProductView:
        """Read a product on sale

        With its SKUs and whether each is in stock. Drafts and products off sale are as unknown as deleted ones.
        """
        return services().catalog.get_on_sale(store().id, product_id)
