"""Failures that a caller can see."""

from __future__ import annotations

import pytest

from src.utils.errors import AppError, BadRequest, ErrorCode


def designed_failures() -> list[type[AppError]]:
    found, left = [], [AppError]
    while left:
        subclasses = left.pop().__subclasses__()
        found += subclasses
        left += subclasses
    return sorted(found, key=lambda failure: failure.__name__)


@pytest.mark.parametrize("code", list(ErrorCode))
def test_a_code_is_its_http_status_or_begins_with_it(code: ErrorCode) -> None:
    assert str(code.value).startswith(str(code.http_status))
    assert len(str(code.value)) in (3, 5)
    assert 400 <= code.http_status <= 599


def test_published_codes_keep_their_meaning() -> None:
    published = {
        "BAD_REQUEST": 400,
        "UNAUTHENTICATED": 401,
        "FORBIDDEN": 403,
        "NOT_FOUND": 404,
        "METHOD_NOT_ALLOWED": 405,
        "LENGTH_REQUIRED": 411,
        "BODY_TOO_LARGE": 413,
        "UNSUPPORTED_MEDIA_TYPE": 415,
        "RATE_LIMITED": 429,
        "INTERNAL": 500,
        "UNAVAILABLE": 503,
        "TEXT_REJECTED": 40001,
        "TOKEN_EXPIRED": 40101,
        "LOGIN_CODE_INVALID": 40102,
        "REFRESH_TOKEN_INVALID": 40103,
        "BAD_CREDENTIALS": 40104,
        "LOGIN_BLOCKED": 40301,
        "OUT_OF_STOCK": 40901,
        "ORDER_STATE": 40902,
        "IDEMPOTENCY_KEY_REUSED": 40904,
        "REQUEST_IN_PROGRESS": 40905,
        "STOCK_CHANGED": 40906,
        "ORDER_EXPIRED": 40907,
        "PAYMENT_HELD": 40908,
        "PAYMENT_NOT_HELD": 40909,
        "REFUND_NOT_POSSIBLE": 40910,
        "REFUND_STATE": 40911,
        "SHIPMENT_FIXED": 40912,
        "REVIEW_DECIDED": 40913,
        "JOB_NOT_FAILED": 40914,
        "WEBHOOK_LIMIT": 40915,
        "WEBHOOK_STATE": 40916,
        "WECHAT_UNAVAILABLE": 50301,
    }
    assert published.items() <= {code.name: code.value for code in ErrorCode}.items()


@pytest.mark.parametrize("failure", designed_failures())
def test_every_failure_has_a_chinese_and_an_english_message(failure: type[AppError]) -> None:
    assert any("\u4e00" <= c <= "\u9fff" for c in failure.message_zh)
    assert failure.message_en.isascii()
    assert failure.message_en.endswith(".")


@pytest.mark.parametrize("failure", designed_failures())
def test_a_failure_to_try_again_says_when(failure: type[AppError]) -> None:
    assert (failure.retry_after_s is not None) is (
        failure.code.http_status in (429, 503) or failure.code is ErrorCode.REQUEST_IN_PROGRESS
    )


def test_a_bad_field_is_named_with_its_reason() -> None:
    assert BadRequest.for_field("items.0.quantity", "Too many.").data == {"errors": {"items.0.quantity": ["Too many."]}}
