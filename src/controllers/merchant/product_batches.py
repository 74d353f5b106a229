"""The same change of many products at once."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.product_batches import BatchIn, BatchOut, CategoryBatchIn, PriceBatchIn
from src.middleware.context import services, staff_member
from src.middleware.idempotency import idempotent
from src.services.catalogue.catalog import ProductStatus
from src.services.catalogue.product_batches import Batch, Repricing
from src.utils.errors import NotFound

blueprint = Blueprint("product_batches", __name__, url_prefix="/api/products/batch", description="Changing products")


@blueprint.route("/publish")
class PublishingView(MethodView):
    @idempotent
    @blueprint.operation("publishProducts", NotFound, idempotent=True)
    @blueprint.arguments(BatchIn)
    @blueprint.response(200, BatchOut)
    def post(self, body: dict[str, Any]) -> Batch:
        """Put products on sale, all or none

        At once, those too that were to be published later. `changed` does not count those that were on sale already.
        """
        return services().product_batches.set_status(staff_member(), body["ids"], ProductStatus.ON_SALE)


@blueprint.route("/withdraw")
class WithdrawalView(MethodView):
    @idempotent
    @blueprint.operation("withdrawProducts", NotFound, idempotent=True)
    @blueprint.arguments(BatchIn)
    @blueprint.response(200, BatchOut)
    def post(self, body: dict[str, Any]) -> Batch:
        """Take products off sale, all or none

        None of them waits to be published any more. `changed` does not count those that were off sale already.
        """
        return services().product_batches.set_status(staff_member(), body["ids"], ProductStatus.OFF_SALE)


@blueprint.route("/price")
class RepricingView(MethodView):
    @idempotent
    @blueprint.operation("repriceProducts", NotFound, idempotent=True)
    @blueprint.arguments(PriceBatchIn)
    @blueprint.response(200, BatchOut)
    def post(self, body: dict[str, Any]) -> Batch:
        """Change the prices of products, all or none

        All SKUs get one `price`, or so many `percent` of their own, rounded down to the fen; what is not free costs at
        least one unless `percent` is 0. An original price below the new one goes away. Orders keep their prices.
        """
        return services().product_batches.reprice(staff_member(), body.pop("ids"), Repricing(**body))


@blueprint.route("/category")
class RecategorisingView(MethodView):
    @idempotent
    @blueprint.operation("moveProducts", NotFound, idempotent=True)
    @blueprint.arguments(CategoryBatchIn)
    @blueprint.response(200, BatchOut)
    def post(self, body: dict[str, Any]) -> Batch:
        """Put products into a category, all or none

        Without a category they are in none. `changed` does not count those that were in it already.
        """
        return services().product_batches.set_values(staff_member(), body.pop("ids"), body)


@blueprint.route("/delete")
class DeletionView(MethodView):
    @idempotent
    @blueprint.operation("deleteProducts", NotFound, idempotent=True)
    @blueprint.arguments(BatchIn)
    @blueprint.response(200, BatchOut)
    def post(self, body: dict[str, Any]) -> Batch:
        """Delete products, all or none

        Nobody can order them any more.
        """
        return services().product_batches.set_status(staff_member(), body["ids"], ProductStatus.DELETED)
