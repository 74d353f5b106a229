"""Orders as staff see them."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.orders import MerchantOrderDetailOut, MerchantOrderOut, MerchantOrderPageOut, OrderQuery
from src.controllers.schemas.shipments import ShipmentIn
from src.middleware.context import services, staff_member
from src.services.shipping import ParcelInput
from src.utils.errors import NotFound, OrderStateConflict, ShipmentFixed

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
    @reading.response(200, MerchantOrderDetailOut)
    def get(self, order_id: ObjectId) -> Any:
        """Read an order of the store"""
        order = services().orders.get_in_store(staff_member(), order_id)
        return services().refunds.with_refunds(order)


@shipping.route("/<id:order_id>/ship")
class ShippingView(MethodView):
    @shipping.operation("shipOrder", NotFound, OrderStateConflict)
    @shipping.arguments(ShipmentIn, required=True)
    @shipping.response(200, MerchantOrderOut)
    def post(self, body: list[ParcelInput], order_id: ObjectId) -> Any:
        """Ship a paid order

        WeChat is told of the parcels soon afterwards; `wechatShipping` shows how far that is.
        """
        return services().shipping.ship(staff_member(), order_id, body)


@shipping.route("/<id:order_id>/shipment")
class ShipmentCorrectionView(MethodView):
    @shipping.operation("correctShipment", NotFound, OrderStateConflict, ShipmentFixed)
    @shipping.arguments(ShipmentIn, required=True)
    @shipping.response(200, MerchantOrderOut)
    def put(self, body: list[ParcelInput], order_id: ObjectId) -> Any:
        """Correct the parcels of a shipped order

        WeChat takes one correction of what it was told.
        """
        return services().shipping.correct(staff_member(), order_id, body)
