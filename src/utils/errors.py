"""Every failure that a caller can see: one class each, one code each."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, ClassVar


class ErrorCode(IntEnum):
    """Codes of the envelope. Append only: a published number never changes its meaning.

    A general failure has its HTTP status as code; a failure that a client must tell apart has five digits
    that start with its HTTP status.
    """

    BAD_REQUEST = 400
    UNAUTHENTICATED = 401
    FORBIDDEN = 403
    NOT_FOUND = 404
    METHOD_NOT_ALLOWED = 405
    LENGTH_REQUIRED = 411
    BODY_TOO_LARGE = 413
    UNSUPPORTED_MEDIA_TYPE = 415
    RATE_LIMITED = 429
    INTERNAL = 500
    UNAVAILABLE = 503
    TOKEN_EXPIRED = 40101
    LOGIN_CODE_INVALID = 40102
    REFRESH_TOKEN_INVALID = 40103
    BAD_CREDENTIALS = 40104
    LOGIN_BLOCKED = 40301
    OUT_OF_STOCK = 40901
    ORDER_STATE = 40902
    IDEMPOTENCY_KEY_REUSED = 40904
    REQUEST_IN_PROGRESS = 40905
    STOCK_CHANGED = 40906
    ORDER_EXPIRED = 40907
    PAYMENT_HELD = 40908
    WECHAT_UNAVAILABLE = 50301

    @property
    def http_status(self) -> int:
        return self.value if self.value < 1000 else self.value // 100


class AppError(Exception):
    """A designed failure. Subclasses fix the code and the messages; an instance adds the facts of the case."""

    code: ClassVar[ErrorCode]
    message_zh: ClassVar[str]
    message_en: ClassVar[str]
    retry_after_s: ClassVar[int | None] = None

    def __init__(self, data: dict[str, Any] | None = None) -> None:
        super().__init__(self.message_en)
        self.data = data


class BadRequest(AppError):
    """`data`: `{"errors": {field path: [reasons]}}`, `null` if the request cannot be read at all."""

    code = ErrorCode.BAD_REQUEST
    message_zh = "请求参数有误"
    message_en = "The request is not valid."

    @classmethod
    def for_field(cls, path: str, reason: str) -> BadRequest:
        return cls({"errors": {path: [reason]}})


class Unauthenticated(AppError):
    code = ErrorCode.UNAUTHENTICATED
    message_zh = "请先登录"
    message_en = "Please log in."


class TokenExpired(AppError):
    code = ErrorCode.TOKEN_EXPIRED
    message_zh = "登录已过期"
    message_en = "The token has expired."


class LoginCodeInvalid(AppError):
    code = ErrorCode.LOGIN_CODE_INVALID
    message_zh = "微信登录凭证无效，请重新登录"
    message_en = "The WeChat code is invalid, expired or used; get a new one."


class RefreshTokenInvalid(AppError):
    code = ErrorCode.REFRESH_TOKEN_INVALID
    message_zh = "登录已失效，请重新登录"
    message_en = "The refresh token is invalid; log in again."


class BadCredentials(AppError):
    code = ErrorCode.BAD_CREDENTIALS
    message_zh = "用户名或密码错误"
    message_en = "Wrong user name or password."


class Forbidden(AppError):
    code = ErrorCode.FORBIDDEN
    message_zh = "没有权限"
    message_en = "Not permitted."


class LoginBlocked(AppError):
    code = ErrorCode.LOGIN_BLOCKED
    message_zh = "该微信账号存在风险，暂时无法登录"
    message_en = "WeChat blocks this account's login."


class NotFound(AppError):
    """`data`: `{"item": index}` for a line of an order, otherwise `null`."""

    code = ErrorCode.NOT_FOUND
    message_zh = "内容不存在"
    message_en = "Not found."


class OutOfStock(AppError):
    """`data`: `{"items": [{"skuId", "productId", "name", "requested", "available"}]}`."""

    code = ErrorCode.OUT_OF_STOCK
    message_zh = "商品库存不足"
    message_en = "Not enough stock."


class OrderStateConflict(AppError):
    """`data`: `{"status": current status}`."""

    code = ErrorCode.ORDER_STATE
    message_zh = "订单当前状态不允许此操作"
    message_en = "The order's state does not allow this."


class PaidOrderNotCancellable(OrderStateConflict):
    message_zh = "订单已支付，暂不支持取消，请联系商家"
    message_en = "The order is paid and cannot be cancelled here; contact the merchant."


class OrderExpired(AppError):
    code = ErrorCode.ORDER_EXPIRED
    message_zh = "订单已超时，请重新下单"
    message_en = "The order's time is over; place a new one."


class PaymentHeld(AppError):
    """Money arrived that is not what was asked for: the order neither takes it nor ends before staff have looked."""

    code = ErrorCode.PAYMENT_HELD
    message_zh = "收到的付款与订单不符，请联系商家"
    message_en = "The money that arrived does not fit the order; contact the merchant."


class IdempotencyKeyReused(AppError):
    code = ErrorCode.IDEMPOTENCY_KEY_REUSED
    message_zh = "幂等键已用于不同的请求"
    message_en = "This Idempotency-Key was used with another request."


class RequestInProgress(AppError):
    code = ErrorCode.REQUEST_IN_PROGRESS
    message_zh = "相同的请求正在处理，请稍后重试"
    message_en = "A request with this Idempotency-Key is still running."
    retry_after_s = 1


class StockChanged(AppError):
    """`data`: `{"available": current number}`."""

    code = ErrorCode.STOCK_CHANGED
    message_zh = "库存不足或已变化，请刷新后重试"
    message_en = "There is not that much stock, or it has changed meanwhile."


class RateLimited(AppError):
    code = ErrorCode.RATE_LIMITED
    message_zh = "操作过于频繁，请稍后再试"
    message_en = "Too many requests; try again later."
    retry_after_s = 60


class Unavailable(AppError):
    code = ErrorCode.UNAVAILABLE
    message_zh = "服务暂时不可用，请稍后重试"
    message_en = "Temporarily unavailable; try again."
    retry_after_s = 1


class WeChatUnavailable(AppError):
    code = ErrorCode.WECHAT_UNAVAILABLE
    message_zh = "微信服务繁忙，请稍后重试"
    message_en = "WeChat did not answer as expected; try again."
    retry_after_s = 2
