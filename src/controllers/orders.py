"""A shopper's orders."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.base import NoArguments
from src.controllers.schemas.orders import (
    OrderDetailOut,
    OrderIn,
    OrderOut,
    OrderPageOut,
    OrderQuery,
    PaymentOut,
    QuoteIn,
    QuoteOut,
)
from src.middleware.context import services, shopper, store
from src.middleware.idempotency import idempotent, request_identity
from src.services.orders.checkout import PlaceOrder
from src.services.payments.starting import PaymentStart
from src.utils.errors import (
    NotDelivered,
    NotFound,
    OrderExpired,
    OrderStateConflict,
    OutOfStock,
    PaymentHeld,
    PurchaseLimitReached,
    TooManyUnpaidOrders,
    WeChatUnavailable,
)

blueprint = Blueprint("orders", __name__, url_prefix="/api/orders", description="The shopper's orders")
_NOT_ORDERED = (OutOfStock, PurchaseLimitReached, TooManyUnpaidOrders, NotDelivered, NotFound)


@blueprint.route("")
class OrdersView(MethodView):
    @blueprint.operation("listOrders")
    @blueprint.arguments(OrderQuery, location="query")
    @blueprint.response(200, OrderPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the own orders, the newest first

        In pages, of one status if it is given.
        """
        return services().orders.list_own(shopper(), query["status"], query["page"])

    @idempotent
    @blueprint.operation("placeOrder", *_NOT_ORDERED, idempotent=True)
    @blueprint.arguments(OrderIn)
    @blueprint.response(201, OrderOut)
    def post(self, body: PlaceOrder) -> Any:
        """Place an order

        Prices come from the catalogue, the freight from the store's settings and the address. All lines are reserved or
        none; unpaid, the order expires.
        """
        return services().checkout.place_order(shopper(), body, request_identity())


@blueprint.route("/quote")
class QuoteView(MethodView):
    @blueprint.operation("quoteOrder", *_NOT_ORDERED)
    @blueprint.arguments(QuoteIn)
    @blueprint.response(200, QuoteOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Ask what an order would cost

        What would be refused as an order is refused here too. Nothing is reserved: the order may cost something else.
        """
        return services().checkout.quote(shopper(), **body)


@blueprint.route("/<id:order_id>")
class OrderView(MethodView):
    @blueprint.operation("getOrder", NotFound)
    @blueprint.response(200, OrderDetailOut)
    def get(self, order_id: ObjectId) -> Any:
        """Read an own order

        A pending order whose payment takes long is looked up at WeChat first.
        """
        order = services().orders.get_own(shopper(), order_id)
        if services().payments.refresh(store(), order):
            order = services().orders.get_own(shopper(), order_id)
        return services().refunds.with_refunds(order)


@blueprint.route("/<id:order_id>/pay")
class OrderPaymentView(MethodView):
    @idempotent
    @blueprint.operation(
        "payOrder", NotFound, OrderStateConflict, OrderExpired, PaymentHeld, WeChatUnavailable, idempotent=True
    )
    @blueprint.arguments(NoArguments)
    @blueprint.response(200, PaymentOut)
    def post(self, body: dict[str, Any], order_id: ObjectId) -> PaymentStart:
        """Start the payment

        Answers the arguments of wx.requestPayment; a second call reuses the live prepay. The order is paid only
        when WeChat says so.
        """
        return services().payment_starting.start(store(), shopper(), order_id)


@blueprint.route("/<id:order_id>/cancel")
class OrderCancellationView(MethodView):
    @blueprint.operation("cancelOrder", NotFound, OrderStateConflict, PaymentHeld, WeChatUnavailable)
    @blueprint.arguments(NoArguments)
    @blueprint.response(200, OrderOut)
    def post(self, body: dict[str, Any], order_id: ObjectId) -> Any:
        """Cancel an order that was not shipped

        An unpaid one is closed at WeChat first. A paid one, and one that turns out paid there, is refunded in full.
        """
        return services().closing.cancel(shopper(), order_id)


@blueprint.route("/<id:order_id>/confirm")
class OrderConfirmationView(MethodView):
    @blueprint.operation("confirmOrder", NotFound, OrderStateConflict)
    @blueprint.arguments(NoArguments)
    @blueprint.response(200, OrderOut)
    def post(self, body: dict[str, Any], order_id: ObjectId) -> Any:
        """Confirm that a shipped order has arrived

        The order is completed. Without this it completes by itself some days after it was shipped.
        """
        return services().orders.confirm(shopper(), order_id)
