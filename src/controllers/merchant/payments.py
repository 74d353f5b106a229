"""Payments as staff see them, and money that they must decide about."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.base import NoArguments
from src.controllers.schemas.payments import MerchantPaymentOut, MerchantPaymentPageOut, PaymentQuery
from src.middleware.context import services, staff_member
from src.middleware.idempotency import idempotent
from src.utils.errors import NotFound, PaymentNotHeld

_PREFIX = "/api/merchant/payments"
reading = Blueprint("merchant_payments", __name__, url_prefix=_PREFIX, description="The store's payments")
resolving = Blueprint("held_payments", __name__, url_prefix=_PREFIX, description="Money that differs")


@reading.route("")
class MerchantPaymentsView(MethodView):
    @reading.operation("listStorePayments")
    @reading.arguments(PaymentQuery, location="query")
    @reading.response(200, MerchantPaymentPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the store's payment attempts, the newest first

        In pages, of one status if it is given; with `held`, only those whose money staff must decide about.
        """
        return services().payments.list_in_store(staff_member(), **query)


@resolving.route("/<id:payment_id>/send-back")
class HeldPaymentView(MethodView):
    @idempotent
    @resolving.operation("sendHeldMoneyBack", NotFound, PaymentNotHeld, idempotent=True)
    @resolving.arguments(NoArguments)
    @resolving.response(200, MerchantPaymentOut)
    def post(self, body: dict[str, Any], payment_id: ObjectId) -> Any:
        """Send money back that is not what was asked for

        Its order can then be paid anew, or ends.
        """
        return services().settlements.send_back(staff_member(), payment_id)
