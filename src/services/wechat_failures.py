"""From what WeChat answers to what our caller is told."""

from __future__ import annotations

import structlog

from src.services.wechat.errors import MiniProgramError, WeChatError
from src.services.wechat.mini_program import BUSY
from src.utils.errors import AppError, LoginBlocked, LoginCodeInvalid, RateLimited, WeChatUnavailable
from src.utils.metrics import WECHAT_FAILURES

log = structlog.get_logger(__name__)

_REFUSALS: dict[int, type[AppError]] = {
    40029: LoginCodeInvalid,
    40163: LoginCodeInvalid,
    41008: LoginCodeInvalid,
    45011: RateLimited,
    40226: LoginBlocked,
}


def refusal(error: WeChatError, *, call: str) -> AppError:
    """Returns the failure to raise for `error`; what only an operator can mend is logged as an error."""
    WECHAT_FAILURES.labels(call=call).inc()
    if isinstance(error, MiniProgramError):
        if known := _REFUSALS.get(error.errcode):
            return known()
        level = log.warning if error.errcode == BUSY else log.error
        level("wechat_refused", call=call, errcode=error.errcode, errmsg=error.errmsg)
    else:
        log.warning("wechat_failed", call=call, reason=str(error))
    return WeChatUnavailable()
