"""What texts wait for staff, and what staff may decide."""

from __future__ import annotations

from enum import StrEnum


class ReviewKind(StrEnum):
    """What the text is; `subject_id` of a review is the user's id or the refund's."""

    NICKNAME = "nickname"
    REFUND_REASON = "refund_reason"


class ReviewStatus(StrEnum):
    """withdrawn: its author has put another text in its place, or taken it back."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
