"""Orders as staff see them."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.orders import MerchantOrderOut, MerchantOrderPageOut, OrderQuery, ShipmentIn
from src.middleware.context import services, staff_member
from src.utils.errors import NotFound, OrderStateConflict

reading = Blueprint("merchant_orders", __name__, url_prefix="/api/merchant/orders", description="The store's orders")
shipping = Blueprint("shipping", __name__, url_prefix="/api/orders", description="Shipping orders")


@reading.route("")
class MerchantOrdersView(MethodView):
    @reading.operation("listStoreOrders")
    @reading.arguments(OrderQuery, location="query")
    @reading.response(200, MerchantOrderPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the store's orders, the newest first"""
        return services().orders.list_in_store(staff_member(), query["status"], query["page"])


@reading.route("/<id:order_id>")
class MerchantOrderView(MethodView):
    @reading.operation("getStoreOrder", NotFound)
    @reading.response(200, MerchantOrderOut)
    def get(self, order_id: ObjectId) -> Any:
        """Read an order of the store"""
        return services().orders.get_in_store(staff_member(), order_id)


@shipping.route("/<id:order_id>/ship")
class ShipmentView(MethodView):
    @shipping.operation("shipOrder", NotFound, OrderStateConflict)
    @shipping.arguments(ShipmentIn)
    @shipping.response(200, MerchantOrderOut)
    def post(self, body: dict[str, str], order_id: ObjectId) -> Any:
        """Ship a paid order"""
        return services().orders.ship(staff_member(), order_id, **body)
