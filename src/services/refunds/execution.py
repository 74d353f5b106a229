"""Getting refunds paid back by WeChat: one number, asked before it is repeated, until the money is back."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

import structlog

from src.models.payments import Payment
from src.models.refunds import MISMATCH, Refund, RefundKind
from src.models.transaction import Session, Transactions
from src.services.refunds.moves import move, reread, succeed
from src.services.stores.stores import Stores
from src.services.wechat.errors import OutcomeUnknown, PayError
from src.services.wechat.refunds import (
    MAX_REFUNDS_OF_A_PAYMENT,
    REFUND_SPACING,
    RefundClient,
    RefundOrder,
    RefundState,
    WeChatRefund,
)
from src.services.wechat.signing import Merchant
from src.utils.clock import Clock
from src.utils.errors import WeChatUnavailable
from src.utils.metrics import REFUNDS
from src.utils.refund_states import RefundStatus

log = structlog.get_logger(__name__)

# When WeChat is asked again about a refund under way: after so many seconds, the last value repeats.
_QUERY_SPACING = [timedelta(seconds=s) for s in (15, 60, 300, 600, 1800, 3600, 7200)]
_LEASE = timedelta(seconds=60)
_PATIENCE = timedelta(hours=1)
_MAX_NUMBERS = 5
# Somebody must act at the merchant first: money, permission or keys. Trying again later is right then.
_HEALS = frozenset({"NOTENOUGH", "NOAUTH", "SIGNERROR", "RULELIMIT", "MCHNOTEXISTS"})
# WeChat asks for patience, whatever the HTTP status it says it with.
_PASSES = frozenset({"FREQUENCYLIMITED", "RATELIMITEXCEEDED", "SYSTEMERROR", "BIZERRNEEDRETRY", "TRADEERROR"})
# After that, a day and a half, it has not passed.
_PATIENT_TRIES = 24
_SHOWN_TO_THE_PAYER = {
    RefundKind.AFTER_SALE: "商品退款",
    RefundKind.CANCELLATION: "订单取消退款",
    RefundKind.SURPLUS: "多付金额退回",
}


class RefundOutcome(StrEnum):
    """What became of WeChat's word about a refund."""

    APPLIED = "applied"
    ALREADY_APPLIED = "already_applied"
    MISMATCH = "mismatch"
    UNKNOWN_REFUND = "unknown_refund"


class RefundExecution:
    """Drives refunds that are `processing` or `abnormal`. Whoever claims one acts on it; nobody else does meanwhile."""

    def __init__(
        self, *, stores: Stores, client: RefundClient, transactions: Transactions, clock: Clock, notify_url: str
    ) -> None:
        self._stores = stores
        self._client = client
        self._transactions = transactions
        self._clock = clock
        self._notify_url = notify_url

    def drive_due(self, limit: int) -> int:
        """Acts on at most `limit` refunds that are due; returns on how many. One that fails does not stop the rest."""
        due = Refund.list_due(self._clock.now(), limit=limit)
        for refund in due:
            self.drive(refund)
        return len(due)

    def drive(self, refund: Refund) -> Refund:
        """Does what is due for a refund now and returns it as it is then; never raises for WeChat's sake."""
        now = self._clock.now()
        claimed = refund.claim(now=now, next_due_at=now + _LEASE) if refund.due_at else None
        if claimed is None:
            return refund
        try:
            self._act(claimed)
        except OutcomeUnknown as error:
            self._postpone(claimed, self._next_query(claimed), str(error))
        except PayError as error:
            self._refused(claimed, error)
        except Exception:  # one broken refund or store must not stop the others
            log.exception("refund_broken", refund_no=refund.refund_no)
        return Refund.find_in_store(refund.store_id, refund.id) or refund

    def settle(self, found: WeChatRefund, *, mchid: str) -> RefundOutcome:
        """Applies what WeChat told this merchant number about a refund; repeating it changes nothing."""
        outcome = self._settle(found, mchid)
        REFUNDS.labels(state=found.state.value, outcome=outcome.value).inc()
        return outcome

    def learn(self, refund: Refund) -> RefundState | None:
        """Asks WeChat about a refund, applies what it says, and returns it; None if WeChat has no such refund.

        Raises:
            WeChatUnavailable: it does not say.
        """
        if not refund.sent_at:
            return None
        try:
            found = self._known_at_wechat(refund)
        except OutcomeUnknown:
            raise WeChatUnavailable() from None
        if found is not None:
            self.settle(found, mchid=self._merchant(refund).mchid)
        return found.state if found else None

    def _act(self, refund: Refund) -> None:
        if refund.amount_fen == 0:
            self._succeed(refund, {})
            return
        payment = Payment.find_in_store(refund.store_id, refund.payment_id)
        assert payment is not None, "payments are never deleted"
        known = self._known_at_wechat(refund) if refund.sent_at else None
        if known is not None:
            self.settle(known, mchid=payment.mchid)
        elif refund.status is RefundStatus.ABNORMAL:
            self._postpone(refund, _PATIENCE, refund.problem)
        elif self._may_send(refund, payment):
            sent = self._client.send(self._merchant(refund), self._order(refund, payment))
            self.settle(sent, mchid=payment.mchid)

    def _known_at_wechat(self, refund: Refund) -> WeChatRefund | None:
        try:
            return self._client.query(self._merchant(refund), refund.out_refund_no)
        except PayError as error:
            if error.code != "RESOURCENOTEXISTS":
                # A refused question says nothing about the refund.
                raise OutcomeUnknown(error.code) from None
            return None

    def _merchant(self, refund: Refund) -> Merchant:
        return self._stores.merchant(self._stores.get(refund.store_id))

    def _may_send(self, refund: Refund, payment: Payment) -> bool:
        """Returns whether the number may go out now. A number that went out before needs no further slot."""
        if refund.sent_at:
            return True
        now = self._clock.now()
        if Payment.take_refund_slot(payment.id, limit=MAX_REFUNDS_OF_A_PAYMENT, spacing=REFUND_SPACING, now=now):
            return refund.mark_sent(now=now)
        if payment.refunds_sent >= MAX_REFUNDS_OF_A_PAYMENT:
            self._leave_to_staff(refund, "TOO_MANY_REFUNDS")
        else:
            refund.postpone(payment.next_refund_at or now + REFUND_SPACING, problem="", now=now)
        return False

    def _order(self, refund: Refund, payment: Payment) -> RefundOrder:
        assert payment.captured_fen is not None, "only received money is refunded"
        return RefundOrder(
            transaction_id=payment.transaction_id,
            out_refund_no=refund.out_refund_no,
            refund_fen=refund.amount_fen,
            total_fen=payment.captured_fen,
            reason=_SHOWN_TO_THE_PAYER[refund.kind],
            notify_url=self._notify_url,
        )

    def _refused(self, refund: Refund, error: PayError) -> None:
        log.error("refund_refused", refund_no=refund.refund_no, code=error.code, detail=error.message)
        if error.code in _PASSES and refund.tries < _PATIENT_TRIES:
            self._postpone(refund, self._next_query(refund), error.code)
        elif error.code in _HEALS:
            self._postpone(refund, _PATIENCE, error.code)
        else:
            self._leave_to_staff(refund, error.code)

    def _settle(self, found: WeChatRefund, mchid: str) -> RefundOutcome:
        refund = Refund.find_by_out_refund_no(found.out_refund_no)
        if refund is None:
            log.error("refund_unknown", out_refund_no=found.out_refund_no)
            return RefundOutcome.UNKNOWN_REFUND
        payment = Payment.find_in_store(refund.store_id, refund.payment_id)
        assert payment is not None, "payments are never deleted"
        if payment.mchid != mchid:  # what another merchant is told does not touch this one's refund
            log.error("refund_of_another_merchant", refund_no=refund.refund_no, mchid=mchid)
            return RefundOutcome.MISMATCH
        if _differs(refund, payment, found):
            log.error("refund_mismatch", refund_no=refund.refund_no, out_refund_no=found.out_refund_no)
            self._leave_to_staff(refund, MISMATCH)
            return RefundOutcome.MISMATCH
        if refund.out_refund_no != found.out_refund_no or refund.status is RefundStatus.SUCCEEDED:
            return RefundOutcome.ALREADY_APPLIED
        now = self._clock.now()
        # A notification does not say when; what was known stays.
        accepted_at = found.created_at or refund.accepted_at or now
        refund.mark_accepted(wechat_refund_id=found.refund_id, accepted_at=accepted_at, now=now)
        return self._apply(refund, found)

    def _apply(self, refund: Refund, found: WeChatRefund) -> RefundOutcome:
        match found.state:
            case RefundState.SUCCESS:
                changed = self._succeed(refund, {"succeeded_at": found.succeeded_at or self._clock.now()})
            case RefundState.ABNORMAL:
                changed = self._leave_to_staff(refund, "ABNORMAL")
            case RefundState.CLOSED:
                changed = self._take_new_number(refund)
            case RefundState.PROCESSING:
                changed = self._postpone(refund, self._next_query(refund), "")
        return RefundOutcome.APPLIED if changed else RefundOutcome.ALREADY_APPLIED

    def _succeed(self, refund: Refund, values: dict[str, object]) -> bool:
        def work(session: Session) -> bool:
            current, _ = reread(refund, session=session)
            if current.status is RefundStatus.SUCCEEDED:
                return False
            succeed(current, actor="wechat", values=values, now=self._clock.now(), session=session)
            return True

        return self._transactions.run(work, contended=[refund.order_id])

    def _leave_to_staff(self, refund: Refund, problem: str) -> bool:
        """Stops asking for the money. WeChat is still queried now and then: staff may have settled it there."""
        if refund.status is not RefundStatus.PROCESSING:
            self._postpone(refund, _PATIENCE, problem)
            return False
        now = self._clock.now()
        values: dict[str, object] = {"problem": problem, "due_at": now + _PATIENCE}

        def work(session: Session) -> bool:
            current, _ = reread(refund, session=session)
            if current.status is not RefundStatus.PROCESSING:
                return False
            target = RefundStatus.ABNORMAL
            move(current, target, actor="wechat", reason=problem, values=values, now=now, session=session)
            return True

        log.error("refund_abnormal", refund_no=refund.refund_no, problem=problem)
        return self._transactions.run(work)

    def _take_new_number(self, refund: Refund) -> bool:
        if refund.status is not RefundStatus.PROCESSING:
            return False
        used = len(refund.former_nos) + 1
        if used >= _MAX_NUMBERS:
            return self._leave_to_staff(refund, "CLOSED")
        now = self._clock.now()
        refund.renumber(f"{refund.refund_no}-{used + 1}", due_at=now, now=now)
        return True

    def _postpone(self, refund: Refund, pause: timedelta, problem: str) -> bool:
        now = self._clock.now()
        refund.postpone(now + pause, problem=problem, now=now)
        return True

    def _next_query(self, refund: Refund) -> timedelta:
        if refund.status is RefundStatus.ABNORMAL:
            return _PATIENCE
        tries: int = refund.tries
        return _QUERY_SPACING[min(tries, len(_QUERY_SPACING)) - 1]


def _differs(refund: Refund, payment: Payment, found: WeChatRefund) -> bool:
    asked = (payment.transaction_id, refund.amount_fen, payment.captured_fen)
    closed_number_paid = refund.out_refund_no != found.out_refund_no and found.state is RefundState.SUCCESS
    return closed_number_paid or asked != (found.transaction_id, found.refund_fen, found.total_fen)
