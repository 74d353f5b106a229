"""Delivery companies that WeChat knows."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.shipments import DeliveryCompaniesOut
from src.middleware.context import services, store
from src.utils.errors import WeChatUnavailable

blueprint = Blueprint(
    "delivery_companies", __name__, url_prefix="/api/merchant/delivery-companies", description="Shipping orders"
)


@blueprint.route("")
class DeliveryCompaniesView(MethodView):
    @blueprint.operation("listDeliveryCompanies", WeChatUnavailable)
    @blueprint.response(200, DeliveryCompaniesOut)
    def get(self) -> dict[str, Any]:
        """List the delivery companies that WeChat can follow

        Parcels of other companies can be shipped too; WeChat does not show their way. Kept for a day.
        """
        return {"companies": services().delivery_companies.get(store())}
