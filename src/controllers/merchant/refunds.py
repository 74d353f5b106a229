"""Refunds as staff see and decide them."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.base import NoArguments
from src.controllers.schemas.refunds import (
    MerchantRefundOut,
    MerchantRefundPageOut,
    RefundApprovalIn,
    RefundOutsideIn,
    RefundQuery,
    RefundReceiptIn,
    RefundRejectionIn,
)
from src.middleware.context import services, staff_member
from src.middleware.idempotency import idempotent
from src.services.refunds.decisions import ApproveRefund
from src.services.refunds.refunds import Refund, RefundWithChecks
from src.utils.errors import NotFound, RefundStateConflict, WeChatUnavailable

_PREFIX = "/api/merchant/refunds"
reading = Blueprint("merchant_refunds", __name__, url_prefix=_PREFIX, description="The store's refunds")
deciding = Blueprint("refund_decisions", __name__, url_prefix=_PREFIX, description="Deciding refunds")


def _shown(refund: Refund) -> RefundWithChecks:
    return services().refunds.for_staff(refund)


@reading.route("")
class MerchantRefundsView(MethodView):
    @reading.operation("listStoreRefunds")
    @reading.arguments(RefundQuery, location="query")
    @reading.response(200, MerchantRefundPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the store's refunds, the newest first

        In pages, of one status if it is given.
        """
        return services().refunds.list_in_store(staff_member(), query["status"], query["page"])


@reading.route("/<id:refund_id>")
class MerchantRefundView(MethodView):
    @reading.operation("getStoreRefund", NotFound)
    @reading.response(200, MerchantRefundOut)
    def get(self, refund_id: ObjectId) -> Any:
        """Read a refund of the store

        `staffActions` is what staff can do with it now.
        """
        return _shown(services().refunds.get_in_store(staff_member(), refund_id))


@deciding.route("/<id:refund_id>/approve")
class RefundApprovalView(MethodView):
    @idempotent
    @deciding.operation("approveRefund", NotFound, RefundStateConflict, idempotent=True)
    @deciding.arguments(RefundApprovalIn)
    @deciding.response(200, MerchantRefundOut)
    def post(self, body: ApproveRefund, refund_id: ObjectId) -> Any:
        """Grant a refund

        The money is on its way, or waits for shipped goods to come back. Goods that were never shipped are for sale
        again; an order of which nothing is left is cancelled.
        """
        return _shown(services().refund_decisions.approve(staff_member(), refund_id, body))


@deciding.route("/<id:refund_id>/reject")
class RefundRejectionView(MethodView):
    @idempotent
    @deciding.operation("rejectRefund", NotFound, RefundStateConflict, idempotent=True)
    @deciding.arguments(RefundRejectionIn)
    @deciding.response(200, MerchantRefundOut)
    def post(self, body: dict[str, str], refund_id: ObjectId) -> Any:
        """Refuse a refund, or goods that came back

        Its units and its money are the order's again, and the buyer sees the reason.
        """
        return _shown(services().refund_decisions.reject(staff_member(), refund_id, body["reason"]))


@deciding.route("/<id:refund_id>/receive")
class RefundReceiptView(MethodView):
    @idempotent
    @deciding.operation("receiveReturnedGoods", NotFound, RefundStateConflict, idempotent=True)
    @deciding.arguments(RefundReceiptIn)
    @deciding.response(200, MerchantRefundOut)
    def post(self, body: dict[str, bool], refund_id: ObjectId) -> Any:
        """Note that the goods came back; the money is on its way

        With `restock` they are for sale again.
        """
        return _shown(services().refund_decisions.receive(staff_member(), refund_id, restock=body["restock"]))


@deciding.route("/<id:refund_id>/retry")
class RefundRetryView(MethodView):
    @idempotent
    @deciding.operation("retryRefund", NotFound, RefundStateConflict, idempotent=True)
    @deciding.arguments(NoArguments)
    @deciding.response(200, MerchantRefundOut)
    def post(self, body: dict[str, Any], refund_id: ObjectId) -> Any:
        """Ask WeChat again for an abnormal refund

        WeChat is asked to pay if it does not know the refund; else what it says is noted.
        """
        return _shown(services().refund_decisions.retry(staff_member(), refund_id))


@deciding.route("/<id:refund_id>/settle-outside")
class RefundOutsideView(MethodView):
    @idempotent
    @deciding.operation("settleRefundOutside", NotFound, RefundStateConflict, WeChatUnavailable, idempotent=True)
    @deciding.arguments(RefundOutsideIn)
    @deciding.response(200, MerchantRefundOut)
    def post(self, body: dict[str, str], refund_id: ObjectId) -> Any:
        """Note that an abnormal refund was paid back by other means

        WeChat is asked first: while it pays, or once it has paid, this is refused.
        """
        return _shown(services().refund_decisions.settle_outside(staff_member(), refund_id, body["note"]))
