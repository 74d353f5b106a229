"""Whether a text may be shown to others than its author."""

from __future__ import annotations

from enum import StrEnum

import structlog
from bson import ObjectId

from src.models.stores import Store
from src.models.users import User
from src.services.stores.stores import Stores
from src.services.wechat.content_security import MAX_TEXT, ContentSecurityClient, Scene, Suggestion
from src.services.wechat.errors import WeChatError
from src.utils.errors import TextRejected
from src.utils.metrics import WECHAT_FAILURES

__all__ = ["Moderation", "Scene", "Verdict"]

log = structlog.get_logger(__name__)


class Verdict(StrEnum):
    """review: nobody but its author and staff sees the text before staff decide."""

    PASS = "pass"  # noqa: S105
    REVIEW = "review"


class Moderation:
    """Asks WeChat about texts. What WeChat does not judge, people do: its silence is never a pass."""

    def __init__(self, *, stores: Stores, client: ContentSecurityClient) -> None:
        self._stores = stores
        self._client = client

    def judge(self, store: Store, user_id: ObjectId, scene: Scene, text: str) -> Verdict:
        """Returns what is to become of a text of this user. It calls WeChat: not for use inside a transaction.

        Raises:
            TextRejected: WeChat finds it risky.
        """
        if not text:
            return Verdict.PASS
        suggestion = self._suggestion(store, user_id, scene, text)
        if suggestion is Suggestion.RISKY:
            raise TextRejected()
        return Verdict.PASS if suggestion is Suggestion.PASS else Verdict.REVIEW

    def _suggestion(self, store: Store, user_id: ObjectId, scene: Scene, text: str) -> Suggestion:
        user = User.find_by_id(store.id, user_id)
        if user is None or len(text) > MAX_TEXT:
            return Suggestion.REVIEW
        try:
            app = self._stores.mini_program(store)
            return self._client.check_text(app, openid=user.openid, scene=scene, text=text)
        except WeChatError as error:
            WECHAT_FAILURES.labels(call="msg_sec_check").inc()
            log.warning("text_not_judged", reason=str(error))
            return Suggestion.REVIEW
