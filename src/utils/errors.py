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
    TEXT_REJECTED = 40001
    TOKEN_EXPIRED = 40101
    LOGIN_CODE_INVALID = 40102
    REFRESH_TOKEN_INVALID = 40103
    BAD_CREDENTIALS = 40104
    SECOND_FACTOR_REQUIRED = 40105
    SECOND_FACTOR_INVALID = 40106
    STAFF_CODE_INVALID = 40107
    LOGIN_BLOCKED = 40301
    STORE_SUSPENDED = 40302
    OUT_OF_STOCK = 40901
    ORDER_STATE = 40902
    IDEMPOTENCY_KEY_REUSED = 40904
    REQUEST_IN_PROGRESS = 40905
    STOCK_CHANGED = 40906
    ORDER_EXPIRED = 40907
    PAYMENT_HELD = 40908
    PAYMENT_NOT_HELD = 40909
    REFUND_NOT_POSSIBLE = 40910
    REFUND_STATE = 40911
    SHIPMENT_FIXED = 40912
    REVIEW_DECIDED = 40913
    JOB_NOT_FAILED = 40914
    WEBHOOK_LIMIT = 40915
    WEBHOOK_STATE = 40916
    MEDIA_QUOTA = 40917
    UPLOAD_MISSING = 40918
    EDITED_MEANWHILE = 40919
    NAME_TAKEN = 40920
    CATEGORY_TREE = 40921
    STILL_IN_USE = 40922
    SKU_CODE_TAKEN = 40923
    PURCHASE_LIMIT = 40924
    LAST_OWNER = 40925
    SECOND_FACTOR_STATE = 40926
    API_KEY_LIMIT = 40927
    UNPAID_LIMIT = 40928
    ORDER_PRICE = 40929
    STORE_TAKEN = 40930
    STORE_STATE = 40931
    STORE_LIMIT = 40932
    STORE_PAID = 40933
    TOO_MANY_UNDER_WAY = 40934
    IMPORT_STATE = 40935
    EXPORT_STATE = 40936
    ALREADY_CARRIED_OUT = 40937
    TOO_MANY_UPLOADS = 40938
    NOT_DELIVERED = 40939
    PICTURE_TOO_LARGE = 41301
    NOT_A_PICTURE = 41501
    MULTIPART_EXPECTED = 41502
    PICTURE_UNUSABLE = 42201
    SHEET_UNUSABLE = 42202
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


class TextRejected(AppError):
    code = ErrorCode.TEXT_REJECTED
    message_zh = "内容含有违规信息，请修改后重试"
    message_en = "The text breaks WeChat's rules; change it."


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


class OrderExpired(AppError):
    code = ErrorCode.ORDER_EXPIRED
    message_zh = "订单已超时，请重新下单"
    message_en = "The order's time is over; place a new one."


class PaymentHeld(AppError):
    """Money arrived that is not what was asked for: the order neither takes it nor ends before staff have looked."""

    code = ErrorCode.PAYMENT_HELD
    message_zh = "收到的付款与订单不符，请联系商家"
    message_en = "The money that arrived does not fit the order; contact the merchant."


class PaymentNotHeld(AppError):
    code = ErrorCode.PAYMENT_NOT_HELD
    message_zh = "该付款没有待处理的异常款项"
    message_en = "No money of this payment is held."


class RefundNotPossible(AppError):
    """`data`: `{"reason": "too_much" | "too_many" | "too_late", "item": index if a line is short}`."""

    code = ErrorCode.REFUND_NOT_POSSIBLE
    message_zh = "超出可退款范围"
    message_en = "That much of the order cannot be refunded, not so often, or not any more."


class RefundStateConflict(AppError):
    """`data`: `{"status": current status}`."""

    code = ErrorCode.REFUND_STATE
    message_zh = "退款单当前状态不允许此操作"
    message_en = "The refund's state does not allow this."


class ShipmentFixed(AppError):
    code = ErrorCode.SHIPMENT_FIXED
    message_zh = "微信只接受一次物流信息修改，已不能再修改"
    message_en = "WeChat takes one correction of a shipment, and has had it."


class ReviewDecided(AppError):
    """`data`: `{"status": current status}`."""

    code = ErrorCode.REVIEW_DECIDED
    message_zh = "该内容已处理"
    message_en = "This text is not waiting for a decision any more."


class JobNotFailed(AppError):
    """`data`: `{"state": current state}`."""

    code = ErrorCode.JOB_NOT_FAILED
    message_zh = "只有失败的任务可以重试"
    message_en = "Only a failed job can be tried again."


class TooManyWebhooks(AppError):
    """`data`: `{"limit": most endpoints of a store}`."""

    code = ErrorCode.WEBHOOK_LIMIT
    message_zh = "Webhook 数量已达上限"
    message_en = "The store has as many webhook endpoints as it may."


class WebhookStateConflict(AppError):
    """`data`: `{"isActive": of the endpoint, "state": of the delivery}`."""

    code = ErrorCode.WEBHOOK_STATE
    message_zh = "Webhook 已停用或正在投递"
    message_en = "The endpoint is switched off, or the delivery is under way."


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


class MediaQuotaReached(AppError):
    """`data`: `{"limit": bytes that may be kept}`."""

    code = ErrorCode.MEDIA_QUOTA
    message_zh = "图片存储空间已满"
    message_en = "There is no room for more pictures."


class UploadMissing(AppError):
    code = ErrorCode.UPLOAD_MISSING
    message_zh = "尚未收到该文件"
    message_en = "The file has not arrived."


class PictureTooLarge(AppError):
    """`data`: `{"limit": bytes that one file may have}`."""

    code = ErrorCode.PICTURE_TOO_LARGE
    message_zh = "图片文件过大"
    message_en = "The picture's file is too large."


class NotAPicture(AppError):
    code = ErrorCode.NOT_A_PICTURE
    message_zh = "只支持 JPEG、PNG、GIF、WebP 图片"
    message_en = "Only JPEG, PNG, GIF and WebP pictures are taken, whatever the file's name."


class MultipartExpected(AppError):
    code = ErrorCode.MULTIPART_EXPECTED
    message_zh = "请求类型必须是 multipart/form-data"
    message_en = "The body must be multipart/form-data, not encoded."


class PictureUnusable(AppError):
    """`data`: `{"reason": "empty" | "unreadable" | "too_many_pixels" | "too_many_scans" | "too_long" | "animated"}`."""

    code = ErrorCode.PICTURE_UNUSABLE
    message_zh = "图片无法使用，请换一张"
    message_en = "The picture is broken, animated, or has too many pixels."

    @classmethod
    def because(cls, reason: str) -> PictureUnusable:
        return cls({"reason": reason})


class EditedMeanwhile(AppError):
    """`data`: `{"version": current version}`."""

    code = ErrorCode.EDITED_MEANWHILE
    message_zh = "内容已被他人修改，请刷新后重试"
    message_en = "It has been edited since it was read; read it again."


class NameTaken(AppError):
    code = ErrorCode.NAME_TAKEN
    message_zh = "名称已存在"
    message_en = "Something else has this name."


class CategoryTreeConflict(AppError):
    """`data`: `{"reason": "cycle" | "too_deep" | "too_many"}`."""

    code = ErrorCode.CATEGORY_TREE
    message_zh = "分类层级或数量不允许此操作"
    message_en = "A category would be below itself, too deep, or one too many."

    @classmethod
    def because(cls, reason: str) -> CategoryTreeConflict:
        return cls({"reason": reason})


class StillInUse(AppError):
    """`data`: `{"children": categories below it, "products": products that have it}`."""

    code = ErrorCode.STILL_IN_USE
    message_zh = "仍有子分类或商品在使用，无法删除"
    message_en = "Categories or products still belong to it."


class SkuCodeTaken(AppError):
    """`data`: `{"codes": [those that SKUs of other products have]}`."""

    code = ErrorCode.SKU_CODE_TAKEN
    message_zh = "商品编码或条码已被其他商品使用"
    message_en = "Another product has this SKU code or barcode."


class PurchaseLimitReached(AppError):
    """`data`: `{"items": [{"productId", "name", "limit", "requested", "bought"}]}`; `bought` before this order."""

    code = ErrorCode.PURCHASE_LIMIT
    message_zh = "超出限购数量"
    message_en = "More than one may buy of this product."


class SecondFactorRequired(AppError):
    """The password was right."""

    code = ErrorCode.SECOND_FACTOR_REQUIRED
    message_zh = "请输入动态验证码"
    message_en = "This account needs the code of its authenticator as well."


class SecondFactorInvalid(AppError):
    code = ErrorCode.SECOND_FACTOR_INVALID
    message_zh = "动态验证码错误或已使用"
    message_en = "The code is wrong, expired or used."


class StaffCodeInvalid(AppError):
    code = ErrorCode.STAFF_CODE_INVALID
    message_zh = "邀请码或重置码无效、已使用或已过期"
    message_en = "The invitation or reset code is unknown, used or expired."


class LastOwner(AppError):
    code = ErrorCode.LAST_OWNER
    message_zh = "店铺必须保留至少一名启用的店主"
    message_en = "A store keeps at least one active owner."


class SecondFactorStateConflict(AppError):
    """`data`: `{"enabled": whether the account has a second factor}`."""

    code = ErrorCode.SECOND_FACTOR_STATE
    message_zh = "动态验证码的当前状态不允许此操作"
    message_en = "The second factor is on already, or was not begun."


class TooManyApiKeys(AppError):
    """`data`: `{"limit": most keys of a store}`."""

    code = ErrorCode.API_KEY_LIMIT
    message_zh = "API 密钥数量已达上限"
    message_en = "The store has as many API keys as it may; revoke one."


class TooManyUnpaidOrders(AppError):
    """`data`: `{"limit": most unpaid orders of a shopper}`."""

    code = ErrorCode.UNPAID_LIMIT
    message_zh = "待支付订单过多，请先支付或取消"
    message_en = "There are too many unpaid orders; pay or cancel one first."


class OrderPriceChanged(AppError):
    """`data`: `{"totalAmount": current total in fen}`."""

    code = ErrorCode.ORDER_PRICE
    message_zh = "订单金额已变化，请刷新后重试"
    message_en = "The order costs something else by now; read it again."


class StoreSuspended(AppError):
    code = ErrorCode.STORE_SUSPENDED
    message_zh = "店铺已暂停服务"
    message_en = "The store is suspended."


class StoreTaken(AppError):
    """`data`: `{"field": "code" | "hosts" | "isDefault"}`."""

    code = ErrorCode.STORE_TAKEN
    message_zh = "已有店铺使用该代码或域名，或已有默认店铺"
    message_en = "Another store has this code or host, or is the default one."


class StoreStateConflict(AppError):
    """`data`: `{"status": current status}`."""

    code = ErrorCode.STORE_STATE
    message_zh = "店铺当前状态不允许此操作"
    message_en = "The store's status does not allow this."


class StoreLimitReached(AppError):
    """`data`: `{"of": "products" | "staff", "limit": most of them}`."""

    code = ErrorCode.STORE_LIMIT
    message_zh = "已达到店铺数量上限"
    message_en = "The store has as many of them as it may."


class StoreHasPayments(AppError):
    code = ErrorCode.STORE_PAID
    message_zh = "店铺已有支付记录，不能更换小程序或商户号"
    message_en = "The store has payments with its present appid and mchid; make another store for new ones."


class TooManyUnderWay(AppError):
    """`data`: `{"limit": most files of a store that are worked on at a time}`."""

    code = ErrorCode.TOO_MANY_UNDER_WAY
    message_zh = "进行中的任务过多，请稍后再试"
    message_en = "The store has as many files under way as it may; wait for one of them."


class ImportStateConflict(AppError):
    """`data`: `{"state": current state}`."""

    code = ErrorCode.IMPORT_STATE
    message_zh = "导入任务当前状态不允许此操作"
    message_en = "The import's state does not allow this."


class ExportNotReady(AppError):
    """`data`: `{"state": current state}`."""

    code = ErrorCode.EXPORT_STATE
    message_zh = "导出文件尚未生成或已过期"
    message_en = "The file is not written yet, or gone."


class SheetUnusable(AppError):
    """`data`: `{"reason": why}`."""

    code = ErrorCode.SHEET_UNUSABLE
    message_zh = "文件无法使用，请上传未加密、不含宏的 CSV 或 XLSX 文件"
    message_en = "The file cannot be used: CSV or XLSX is wanted, not encrypted, without macros."


class AlreadyCarriedOut(AppError):
    code = ErrorCode.ALREADY_CARRIED_OUT
    message_zh = "该请求已执行，但其结果未能保留，请刷新查看"
    message_en = "A request with this key was carried out, but its answer is lost; read what it changed."


class TooManyUploads(AppError):
    """`data`: `{"limit": most uploads of one caller that are not confirmed yet}`."""

    code = ErrorCode.TOO_MANY_UPLOADS
    message_zh = "待确认的上传过多，请稍后再试"
    message_en = "There are too many uploads that nobody has confirmed; confirm them, or wait some minutes."


class NotDelivered(AppError):
    """`data`: `{"province": that of the address}`."""

    code = ErrorCode.NOT_DELIVERED
    message_zh = "店铺不配送到该省份"
    message_en = "The store does not deliver to this province."
