"""Every failure becomes the envelope here, and nowhere else."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, jsonify, request
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    PyMongoError,
    WaitQueueTimeoutError,
    WTimeoutError,
)
from werkzeug.exceptions import HTTPException, MethodNotAllowed, TooManyRequests

from src.utils.errors import AppError, ErrorCode, RateLimited, Unavailable

log = structlog.get_logger(__name__)

HTTP_MESSAGES: dict[int, tuple[str, str]] = {
    400: ("请求格式有误", "The request is malformed."),
    404: ("接口不存在", "No such route."),
    405: ("不支持该请求方法", "The method is not allowed here."),
    411: ("请求必须声明内容长度", "Content-Length is required."),
    413: ("请求内容过大", "The body is too large."),
    415: ("请求类型必须是 application/json", "The body must be application/json in UTF-8, not encoded."),
    500: ("服务器内部错误", "Internal error."),
}
_OPERATING_ERRORS = (
    AutoReconnect,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    WaitQueueTimeoutError,
    WTimeoutError,
)


def install(app: Flask) -> None:
    app.register_error_handler(AppError, render)
    app.register_error_handler(TooManyRequests, _render_rate_limit)
    app.register_error_handler(HTTPException, _render_http)
    app.register_error_handler(PyMongoError, _render_database)
    app.register_error_handler(Exception, _render_bug)


def render(error: AppError) -> Response:
    """Returns the envelope of a designed failure."""
    response = _envelope(error.code, _choose(error.message_zh, error.message_en), error.data)
    response.status_code = error.code.http_status
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    if error.code.http_status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def success_message() -> str:
    return _choose("成功", "OK")


def _choose(chinese: str, english: str) -> str:
    return english if request.accept_languages.best_match(["zh", "en"], default="zh") == "en" else chinese


def _envelope(code: int, message: str, data: Any) -> Response:
    return jsonify({"code": int(code), "message": message, "data": data})


def _render_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return Response(error.get_response().get_data(), status, dict(error.get_response().headers))
    known = status if status in HTTP_MESSAGES else 400 if status < 500 else 500
    response = _envelope(known, _choose(*HTTP_MESSAGES[known]), None)
    response.status_code = known
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _render_rate_limit(error: TooManyRequests) -> Response:
    response = render(RateLimited())
    # flask-limiter knows the window and says how long to wait.
    del response.headers["Retry-After"]
    return response


def _render_database(error: PyMongoError) -> Response:
    if not _is_operating(error):
        return _render_bug(error)
    log.error("database_unavailable", reason=type(error).__name__)
    return render(Unavailable())


def _is_operating(error: PyMongoError) -> bool:
    # CSOT wraps the cause of a timeout; a transaction that ran out of time keeps its label.
    return (
        isinstance(error, _OPERATING_ERRORS)
        or error.timeout
        or error.has_error_label("TransientTransactionError")
        or error.has_error_label("UnknownTransactionCommitResult")
        or error.has_error_label("RetryableWriteError")
    )


def _render_bug(error: Exception) -> Response:
    log.error("unhandled_exception", exc_info=error)
    response = _envelope(ErrorCode.INTERNAL, _choose(*HTTP_MESSAGES[500]), None)
    response.status_code = 500
    return response
