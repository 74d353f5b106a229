"""The life of a refund."""

from __future__ import annotations

from enum import StrEnum

from src.utils.state_machine import StateMachine


class RefundStatus(StrEnum):
    """Where a refund stands.

    requested: staff must decide. awaiting_return: the shopper must send the goods. returning: they are on their way.
    processing: WeChat has been, or is about to be, asked. abnormal: WeChat cannot pay it back, staff must act.
    """

    REQUESTED = "requested"
    AWAITING_RETURN = "awaiting_return"
    RETURNING = "returning"
    PROCESSING = "processing"
    ABNORMAL = "abnormal"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


refund_states = StateMachine(
    {
        RefundStatus.REQUESTED: [
            RefundStatus.AWAITING_RETURN,
            RefundStatus.PROCESSING,
            RefundStatus.REJECTED,
            RefundStatus.WITHDRAWN,
        ],
        RefundStatus.AWAITING_RETURN: [
            RefundStatus.RETURNING,
            RefundStatus.PROCESSING,
            RefundStatus.REJECTED,
            RefundStatus.WITHDRAWN,
        ],
        RefundStatus.RETURNING: [RefundStatus.PROCESSING, RefundStatus.REJECTED],
        RefundStatus.PROCESSING: [RefundStatus.SUCCEEDED, RefundStatus.ABNORMAL],
        RefundStatus.ABNORMAL: [RefundStatus.PROCESSING, RefundStatus.SUCCEEDED],
        RefundStatus.SUCCEEDED: [],
        RefundStatus.REJECTED: [],
        RefundStatus.WITHDRAWN: [],
    }
)
# The goods' money is not promised to the shopper any more.
RELEASED = frozenset({RefundStatus.REJECTED, RefundStatus.WITHDRAWN})
