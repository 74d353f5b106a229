"""What staff can do, as the audit log names it."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    PRODUCT_CREATE = "product.create"
    PRODUCT_EDIT = "product.edit"
    PRODUCT_DELETE = "product.delete"
    STOCK_ADJUST = "stock.adjust"
    ORDER_SHIP = "order.ship"
    REFUND_APPROVE = "refund.approve"
    REFUND_REJECT = "refund.reject"
    REFUND_RECEIVE = "refund.receive"
    REFUND_RETRY = "refund.retry"
    REFUND_SETTLE_OUTSIDE = "refund.settle_outside"
    PAYMENT_SEND_BACK = "payment.send_back"
    WEBHOOK_CREATE = "webhook.create"
    WEBHOOK_EDIT = "webhook.edit"
    WEBHOOK_DELETE = "webhook.delete"
    WEBHOOK_PING = "webhook.ping"
    WEBHOOK_REDELIVER = "webhook.redeliver"
    JOB_RETRY = "job.retry"
    TEXT_DECIDE = "text.decide"
    MEDIA_UPLOAD = "media.upload"
    MEDIA_PRESIGN = "media.presign"
