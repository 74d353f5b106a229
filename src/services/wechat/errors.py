"""What can go wrong between us and WeChat."""

from __future__ import annotations


class WeChatError(Exception):
    """Base of all failures of a call to WeChat."""


class OutcomeUnknown(WeChatError):
    """No usable answer: WeChat may or may not have done it. Ask before acting on it."""


class NothingSent(OutcomeUnknown):
    """The call was never made: WeChat cannot have done it."""


class MiniProgramError(WeChatError):
    """api.weixin.qq.com refused: `errcode` decides, `errmsg` is for the log (it carries WeChat's request id)."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(f"errcode {errcode}")
        self.errcode = errcode
        self.errmsg = errmsg


class PayError(WeChatError):
    """WeChat Pay refused: HTTP status and `code`, old spellings without underscores folded into one."""

    def __init__(self, http_status: int, code: str, message: str) -> None:
        super().__init__(f"{http_status} {code}")
        self.http_status = http_status
        self.code = code.replace("_", "")
        self.message = message


class BadNotification(WeChatError):
    """A notification that did not come from WeChat, is too old, or cannot be read. The text is the reason."""
