"""A shopper's refunds."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.base import NoArguments
from src.controllers.schemas.refunds import RefundIn, RefundOut, RefundsOut
from src.controllers.schemas.shipments import ParcelIn
from src.middleware.context import services, shopper, store
from src.middleware.idempotency import idempotent, request_identity
from src.services.orders.shipping import ParcelInput
from src.services.refunds.requests import RequestRefund
from src.utils.errors import NotFound, OrderStateConflict, RefundNotPossible, RefundStateConflict, TextRejected

of_orders = Blueprint(
    "order_refunds", __name__, url_prefix="/api/orders", description="Refunds of the shopper's orders"
)
blueprint = Blueprint("refunds", __name__, url_prefix="/api/refunds", description="The shopper's refunds")


@of_orders.route("/<id:order_id>/refunds")
class OrderRefundsView(MethodView):
    @of_orders.operation("listOrderRefunds", NotFound)
    @of_orders.response(200, RefundsOut)
    def get(self, order_id: ObjectId) -> Any:
        """List the refunds of an own order, the oldest first

        All of them: an order has few.
        """
        return {"refunds": services().refunds.list_of_own_order(shopper(), order_id)}

    @idempotent
    @of_orders.operation(
        "requestRefund", NotFound, OrderStateConflict, RefundNotPossible, TextRejected, idempotent=True
    )
    @of_orders.arguments(RefundIn)
    @of_orders.response(201, RefundOut)
    def post(self, body: RequestRefund, order_id: ObjectId) -> Any:
        """Ask for a refund of some units

        The amount follows from the units: all units of a line together are worth what was paid for the line.
        Staff decide; `orderItemId` is the `id` of the order's item.
        """
        return services().refund_requests.request(store(), shopper(), order_id, body, request_identity())


@blueprint.route("/<id:refund_id>")
class RefundView(MethodView):
    @blueprint.operation("getRefund", NotFound)
    @blueprint.response(200, RefundOut)
    def get(self, refund_id: ObjectId) -> Any:
        """Read an own refund

        `status` says how far it is, and `allowedActions` what its shopper may do now.
        """
        return services().refunds.get_own(shopper(), refund_id)


@blueprint.route("/<id:refund_id>/withdraw")
class RefundWithdrawalView(MethodView):
    @blueprint.operation("withdrawRefund", NotFound, RefundStateConflict)
    @blueprint.arguments(NoArguments)
    @blueprint.response(200, RefundOut)
    def post(self, body: dict[str, Any], refund_id: ObjectId) -> Any:
        """Withdraw a refund of which neither goods nor money are on their way

        Its units and its money are the order's again, and may be asked for anew.
        """
        return services().refund_requests.withdraw(shopper(), refund_id)


@blueprint.route("/<id:refund_id>/return")
class RefundReturnView(MethodView):
    @blueprint.operation("returnGoods", NotFound, RefundStateConflict)
    @blueprint.arguments(ParcelIn)
    @blueprint.response(200, RefundOut)
    def post(self, body: ParcelInput, refund_id: ObjectId) -> Any:
        """Tell in which parcel the goods come back

        For a refund that staff have granted and whose goods they want back. The money follows once staff have them.
        """
        return services().refund_requests.send_back(shopper(), refund_id, body)
