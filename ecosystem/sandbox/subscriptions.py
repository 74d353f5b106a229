"""What users have accepted in wx.requestSubscribeMessage: one accept is one message."""

from collections import Counter
from typing import Any

ACCEPTED = "accept"
RESULTS = (ACCEPTED, "reject")


class Subscriptions:
    """The messages every user may still be sent, and those that were sent."""

    def __init__(self) -> None:
        self._left: Counter[tuple[str, str, str]] = Counter()
        self.sent: list[dict[str, Any]] = []

    def answer(self, appid: str, openid: str, template_id: str, result: str) -> int:
        """Record the user's answer to the question; return how many messages may be sent now."""
        if result == ACCEPTED:
            self._left[appid, openid, template_id] += 1
        return self._left[appid, openid, template_id]

    def take(self, appid: str, openid: str, template_id: str) -> bool:
        """Use up one accept; say whether there was one."""
        if not self._left[appid, openid, template_id]:
            return False
        self._left[appid, openid, template_id] -= 1
        return True

    def left(self) -> list[dict[str, Any]]:
        """Return what may still be sent, for the ledger."""
        return [
            {"appid": appid, "openid": openid, "templateId": template_id, "left": count}
            for (appid, openid, template_id), count in self._left.items()
        ]
