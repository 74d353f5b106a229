"""Orders as staff see them."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.shipments import SendingIn, ShipmentIn
from src.controllers.schemas.store_orders import (
    MerchantOrderDetailOut,
    MerchantOrderOut,
    MerchantOrderPageOut,
    PackingSlipQuery,
    PackingSlipsOut,
    RepriceIn,
    StaffNoteIn,
    StoreOrderQuery,
)
from src.middleware.context import services, staff_member
from src.middleware.idempotency import idempotent
from src.services.orders.repricing import RepriceOrder
from src.services.orders.shipping import ParcelInput
from src.utils.errors import (
    NotFound,
    OrderExpired,
    OrderPriceChanged,
    OrderStateConflict,
    PaymentHeld,
    ShipmentFixed,
    WeChatUnavailable,
)

_PREFIX, _ABOUT = "/api/merchant/orders", "The store's orders"
reading = Blueprint("merchant_orders", __name__, url_prefix=_PREFIX, description=_ABOUT)
noting = Blueprint("order_notes", __name__, url_prefix=_PREFIX, description=_ABOUT)
repricing = Blueprint("order_repricing", __name__, url_prefix=_PREFIX, description=_ABOUT)
shipping = Blueprint("shipping", __name__, url_prefix="/api/orders", description="Shipping orders")


@reading.route("")
class MerchantOrdersView(MethodView):
    @reading.operation("listStoreOrders")
    @reading.arguments(StoreOrderQuery, location="query")
    @reading.response(200, MerchantOrderPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the store's orders, the newest first

        At most 10000 are counted; narrow the filters to see more.
        """
        return services().store_orders.find(staff_member(), **query)


@reading.route("/print")
class PackingSlipsView(MethodView):
    @reading.operation("printStoreOrders", NotFound)
    @reading.arguments(PackingSlipQuery, location="query")
    @reading.response(200, PackingSlipsOut)
    def get(self, query: dict[str, list[ObjectId]]) -> Any:
        """Read what packing slips of up to 50 orders show

        In the order of `ids`. An id that is no order of this store refuses all.
        """
        return {"list": services().packing_slips.of_orders(staff_member(), query["ids"])}


@reading.route("/<id:order_id>")
class MerchantOrderView(MethodView):
    @reading.operation("getStoreOrder", NotFound)
    @reading.response(200, MerchantOrderDetailOut)
    def get(self, order_id: ObjectId) -> Any:
        """Read an order of the store with its payments, refunds, events and stock moves

        All that is known of it, for whoever has to explain it to the buyer.
        """
        return services().store_orders.dossier(staff_member(), order_id)


@noting.route("/<id:order_id>/note")
class StaffNoteView(MethodView):
    @noting.operation("noteStoreOrder", NotFound)
    @noting.arguments(StaffNoteIn)
    @noting.response(200, MerchantOrderOut)
    def put(self, body: dict[str, str], order_id: ObjectId) -> Any:
        """Replace the staff's note of an order

        Buyers never see it. An empty text removes it.
        """
        return services().store_orders.set_note(staff_member(), order_id, body["note"])


@repricing.route("/<id:order_id>/reprice")
class RepricingView(MethodView):
    @repricing.operation(
        "repriceOrder", NotFound, OrderStateConflict, OrderExpired, OrderPriceChanged, PaymentHeld, WeChatUnavailable
    )
    @repricing.arguments(RepriceIn)
    @repricing.response(200, MerchantOrderOut)
    def post(self, body: RepriceOrder, order_id: ObjectId) -> Any:
        """Change the price of a pending order

        A payment of the old price is closed at WeChat first. If it was paid meanwhile, nothing changes (409).
        """
        return services().order_repricing.reprice(staff_member(), order_id, body)


@shipping.route("/<id:order_id>/ship")
class ShippingView(MethodView):
    @idempotent
    @shipping.operation("shipOrder", NotFound, OrderStateConflict, idempotent=True)
    @shipping.arguments(SendingIn, required=True)
    @shipping.response(200, MerchantOrderOut)
    def post(self, body: list[ParcelInput], order_id: ObjectId) -> Any:
        """Ship a paid order, or a part of it

        Parcels that name their items leave the order paid until all units have left; then it is shipped. Units that
        are promised to refunds are not sent. An empty list of parcels ends a partly sent order of which nothing is
        left. WeChat is told of the parcels soon afterwards; `wechatShipping` shows how far that is.
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
