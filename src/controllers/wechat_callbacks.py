"""What WeChat Pay posts to us. It gets WeChat's reply format, not the envelope."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Response, jsonify, request
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.wechat import NOTIFICATION, NOTIFICATION_EXAMPLE, SIGNATURE_HEADERS, NotificationReplyOut
from src.middleware.context import services
from src.services.payments.callbacks import (
    PAY_NOTIFY_PATH,
    REFUND_NOTIFY_PATH,
    NotificationKind,
    NotificationOutcome,
)
from src.services.wechat.errors import BadNotification
from src.utils.metrics import NOTIFICATIONS_REFUSED

log = structlog.get_logger(__name__)

blueprint = Blueprint("wechat_callbacks", __name__, description="What WeChat calls")


def _notification(view: Any) -> Any:
    """Documents what both addresses take and answer."""
    for decorate in (
        blueprint.alt_response(
            404,
            schema=NotificationReplyOut,
            description="Stored, but what it is about is not known; WeChat repeats it.",
            example={"code": "FAIL", "message": "订单不存在"},
        ),
        blueprint.alt_response(
            401,
            schema=NotificationReplyOut,
            description="Not signed by WeChat, too old, or for the other address. Nothing is stored.",
            example={"code": "FAIL", "message": "签名验证失败"},
        ),
        blueprint.response(200, NotificationReplyOut, description="Stored; WeChat need not repeat it."),
        blueprint.doc(
            parameters=SIGNATURE_HEADERS,
            requestBody={
                "required": True,
                "content": {"application/json": {"schema": NOTIFICATION, "example": NOTIFICATION_EXAMPLE}},
            },
        ),
    ):
        view = decorate(view)
    return view


@blueprint.route(PAY_NOTIFY_PATH)
class PayNotificationView(MethodView):
    @blueprint.operation("receivePaymentNotification")
    @_notification
    def post(self) -> Response:
        """Take a payment notification

        Verified over the raw bytes, stored once, applied once.
        Source: WeChat Pay APIv3, "payment notification".
        """
        return _receive(NotificationKind.PAYMENT)


@blueprint.route(REFUND_NOTIFY_PATH)
class RefundNotificationView(MethodView):
    @blueprint.operation("receiveRefundNotification")
    @_notification
    def post(self) -> Response:
        """Take a refund notification

        Verified over the raw bytes, stored once, applied once.
        Source: WeChat Pay APIv3, "refund notification".
        """
        return _receive(NotificationKind.REFUND)


def _receive(kind: NotificationKind) -> Response:
    try:
        outcome = services().pay_callbacks.receive(kind, headers=dict(request.headers), body=request.get_data())
    except BadNotification as error:
        NOTIFICATIONS_REFUSED.inc()
        log.warning("notification_refused", reason=str(error))
        return _reply(401, "FAIL", "签名验证失败")
    if outcome is NotificationOutcome.STORED:
        return _reply(404, "FAIL", "订单不存在")
    return _reply(200, "SUCCESS", "成功")


def _reply(status: int, code: str, message: str) -> Response:
    response = jsonify({"code": code, "message": message})
    response.status_code = status
    return response
