"""Staff's decisions about texts that WeChat did not simply pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bson import ObjectId

from src.models.text_reviews import TextReview
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_action
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import NotFound, ReviewDecided
from src.utils.pages import Page, PageRequest
from src.utils.text_review_states import ReviewKind, ReviewStatus

# Brings a decision to the subject of the review, in the transaction of the decision: (review, approved, session).
Applier = Callable[[TextReview, bool, Session], None]


class TextReviews:
    """Keeps texts for staff and applies what they decide, once."""

    def __init__(self, *, appliers: Mapping[ReviewKind, Applier], transactions: Transactions, clock: Clock) -> None:
        self._appliers = appliers
        self._transactions = transactions
        self._clock = clock

    def list_in_store(self, staff: StaffMember, status: ReviewStatus | None, page: PageRequest) -> Page[TextReview]:
        """Returns the store's reviews, the newest first."""
        return TextReview.page_in_store(staff.store_id, status, page)

    def decide(self, staff: StaffMember, review_id: ObjectId, *, approved: bool) -> TextReview:
        """Approves or rejects a pending text.

        Raises:
            NotFound, for another store's review too. ReviewDecided: it is not pending any more.
        """
        review = TextReview.find_in_store(staff.store_id, review_id)
        if review is None:
            raise NotFound()
        return self._transactions.run(lambda session: self._decide(staff, review, approved, session))

    def _decide(self, staff: StaffMember, review: TextReview, approved: bool, session: Session) -> TextReview:
        status, now = ReviewStatus.APPROVED if approved else ReviewStatus.REJECTED, self._clock.now()
        decided = TextReview.decide(review.id, status, by=staff.subject, now=now, session=session)
        if decided is None:
            current = TextReview.find_document({"_id": review.id}, session=session)
            assert current is not None, "reviews are never deleted"
            raise ReviewDecided({"status": current.status.value})
        self._appliers[decided.kind](decided, approved, session)
        changes = {"status": (ReviewStatus.PENDING, status)}
        record_action(staff, Action.TEXT_DECIDE, "text_review", review.id, changes, at=now, session=session)
        return decided


def ask_for_review(
    kind: ReviewKind, *, store_id: ObjectId, subject_id: ObjectId, text: str, now: datetime, session: Session
) -> None:
    """Puts a text before staff, in the place of a pending one of the same subject; the same text waits on."""
    if TextReview.is_pending(kind, subject_id, text, session=session):
        return
    TextReview.withdraw(kind, subject_id, now=now, session=session)
    TextReview(
        store_id=store_id,
        kind=kind,
        subject_id=subject_id,
        text=text,
        status=ReviewStatus.PENDING,
        created_at=now,
    ).insert(session=session)
