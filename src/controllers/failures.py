"""Every failure as the OpenAPI document and docs/errors.md show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from src.middleware.errors import HTTP_MESSAGES
from src.utils.errors import (
    AppError,
    BadRequest,
    CategoryTreeConflict,
    EditedMeanwhile,
    ErrorCode,
    ExportNotReady,
    ImportStateConflict,
    JobNotFailed,
    MediaQuotaReached,
    OrderStateConflict,
    OutOfStock,
    PictureTooLarge,
    PictureUnusable,
    PurchaseLimitReached,
    RefundNotPossible,
    RefundStateConflict,
    ReviewDecided,
    SecondFactorStateConflict,
    SheetUnusable,
    SkuCodeTaken,
    StillInUse,
    StockChanged,
    StoreLimitReached,
    StoreStateConflict,
    StoreTaken,
    TooManyApiKeys,
    TooManyUnderWay,
    TooManyUploads,
    TooManyWebhooks,
    WebhookStateConflict,
)

_EXAMPLES: dict[type[AppError], dict[str, Any]] = {
    BadRequest: {"errors": {"items.0.quantity": ["Must be greater than or equal to 1 and less than or equal to 999."]}},
    OutOfStock: {
        "items": [
            {
                "productId": "66f0a1b2c3d4e5f60718293a",
                "skuId": "66f0a1b2c3d4e5f60718293b",
                "name": "高山乌龙茶",
                "requested": 3,
                "available": 1,
            }
        ]
    },
    OrderStateConflict: {"status": "completed"},
    StockChanged: {"available": 3},
    RefundNotPossible: {"reason": "too_much", "item": 0},
    RefundStateConflict: {"status": "succeeded"},
    ReviewDecided: {"status": "approved"},
    JobNotFailed: {"state": "running"},
    TooManyWebhooks: {"limit": 20},
    WebhookStateConflict: {"isActive": False, "state": "failed"},
    TooManyUnderWay: {"limit": 5},
    ImportStateConflict: {"state": "checking"},
    ExportNotReady: {"state": "waiting"},
    SheetUnusable: {"reason": "encrypted_or_old"},
    MediaQuotaReached: {"limit": 2_147_483_648},
    TooManyUploads: {"limit": 5},
    PictureTooLarge: {"limit": 5_242_880},
    PictureUnusable: {"reason": "too_many_pixels"},
    SecondFactorStateConflict: {"enabled": True},
    TooManyApiKeys: {"limit": 50},
    EditedMeanwhile: {"version": 8},
    CategoryTreeConflict: {"reason": "cycle"},
    StillInUse: {"children": 0, "products": 12},
    StoreTaken: {"field": "hosts"},
    StoreStateConflict: {"status": "suspended"},
    StoreLimitReached: {"of": "products", "limit": 5000},
    SkuCodeTaken: {"codes": ["TEA-250"]},
    PurchaseLimitReached: {
        "items": [
            {"productId": "66f0a1b2c3d4e5f60718293a", "name": "高山乌龙茶", "limit": 2, "requested": 1, "bought": 2}
        ]
    },
}


@dataclass(frozen=True)
class Failure:
    """One code with its messages and an example of its data."""

    name: str
    status: int
    code: int
    chinese: str
    english: str
    data: dict[str, Any] | None = None

    @property
    def envelope(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.chinese, "data": self.data}


def failure_of(error: type[AppError]) -> Failure:
    """Returns the failure that `error` is rendered as."""
    code = error.code
    return Failure(
        error.__name__, code.http_status, code.value, error.message_zh, error.message_en, _EXAMPLES.get(error)
    )


def http_failure(status: int) -> Failure:
    """Returns the failure of a request that reached no view, or of a bug in one."""
    chinese, english = HTTP_MESSAGES[status]
    name = "".join(word.capitalize() for word in ErrorCode(status).name.split("_"))
    return Failure(f"Http{name}", status, status, chinese, english)


def all_failures() -> list[Failure]:
    """Returns all failures by code, the general ones first."""
    designed = map(failure_of, _subclasses(AppError))
    return sorted([*designed, *map(http_failure, HTTP_MESSAGES)], key=lambda failure: (failure.code, failure.name))


def _subclasses(error: type[AppError]) -> Iterator[type[AppError]]:
    for subclass in error.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)
