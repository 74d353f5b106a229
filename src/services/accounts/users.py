"""A shopper's own profile."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from src.models.stores import Store
from src.models.text_reviews import TextReview
from src.models.transaction import Session, Transactions
from src.models.users import User
from src.services.accounts.callers import Shopper
from src.services.media.own_pictures import require_own
from src.services.moderation.moderation import Moderation, Scene, Verdict
from src.services.moderation.text_reviews import ask_for_review
from src.services.stores.stores import Stores
from src.services.wechat.errors import WeChatError
from src.services.wechat.mini_program import MiniProgramClient
from src.services.wechat_failures import refusal
from src.utils.clock import Clock
from src.utils.errors import LoginCodeInvalid, NotFound
from src.utils.text_review_states import ReviewKind

log = structlog.get_logger(__name__)


class Users:
    """Reads and changes profiles."""

    def __init__(
        self,
        *,
        stores: Stores,
        mini_program: MiniProgramClient,
        moderation: Moderation,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._mini_program = mini_program
        self._moderation = moderation
        self._transactions = transactions
        self._clock = clock

    def get(self, shopper: Shopper) -> User:
        return _found(User.find_by_id(shopper.store_id, shopper.user_id))

    def update(self, store: Store, shopper: Shopper, values: dict[str, str]) -> User:
        """Sets the given ones of nickname, avatar and phone; a phone typed by hand is not a verified one.

        A nickname that WeChat does not pass waits for staff; until then the current one is shown.

        Raises:
            TextRejected: WeChat finds the nickname risky; nothing has changed.
            BadRequest: the avatar is another store's picture.
        """
        require_own(shopper.store_id, avatar=[values.get("avatar", "")])
        changes: dict[str, object] = dict(values)
        if "phone" in values:
            changes |= {"phone_verified_at": None, "phone_country_code": None}
        if "nickname" not in values:
            return self._set(shopper, changes)
        verdict = self._verdict(store, shopper, values["nickname"])
        return self._transactions.run(
            lambda session: self._rename(shopper, values["nickname"], verdict, changes, session)
        )

    def settle_nickname(self, review: TextReview, approved: bool, session: Session) -> None:
        """Brings staff's decision to the user whose nickname it is about."""
        User.settle_nickname(
            review.store_id,
            review.subject_id,
            review.text,
            approved=approved,
            now=self._clock.now(),
            session=session,
        )

    def _verdict(self, store: Store, shopper: Shopper, nickname: str) -> Verdict:
        user = self.get(shopper)
        if nickname == user.nickname:
            return Verdict.PASS
        if nickname == user.pending_nickname:
            return Verdict.REVIEW
        return self._moderation.judge(store, shopper.user_id, Scene.PROFILE, nickname)

    def _rename(
        self, shopper: Shopper, nickname: str, verdict: Verdict, changes: dict[str, object], session: Session
    ) -> User:
        kind, user_id, now = ReviewKind.NICKNAME, shopper.user_id, self._clock.now()
        if verdict is Verdict.PASS:
            TextReview.withdraw(kind, user_id, now=now, session=session)
            changes = {**changes, "pending_nickname": ""}
        else:
            ask_for_review(kind, store_id=shopper.store_id, subject_id=user_id, text=nickname, now=now, session=session)
            changes = {name: value for name, value in changes.items() if name != "nickname"}
            changes["pending_nickname"] = nickname
        return _found(User.update_profile(shopper.store_id, user_id, changes, now, session=session))

    def bind_phone(self, store: Store, shopper: Shopper, code: str) -> User:
        """Stores the number that WeChat vouches for.

        Raises:
            LoginCodeInvalid: the code is bad, used, or from another mini-program. WeChatUnavailable.
        """
        app = self._stores.mini_program(store)
        try:
            phone = self._mini_program.phone_number(app, code)
        except WeChatError as error:
            raise refusal(error, call="getuserphonenumber") from error
        if phone.appid != app.appid:
            log.error("phone_of_another_app", appid=phone.appid)
            raise LoginCodeInvalid()
        verified = {"phone_country_code": phone.country_code, "phone_verified_at": self._clock.now()}
        return self._set(shopper, {"phone": phone.number, **verified})

    def _set(self, shopper: Shopper, values: Mapping[str, object]) -> User:
        changed = User.update_profile(shopper.store_id, shopper.user_id, dict(values), self._clock.now())
        return _found(changed)


def _found(user: User | None) -> User:
    if user is None:
        raise NotFound()
    return user
