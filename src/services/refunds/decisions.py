"""The staff's side of a refund: approving, rejecting, receiving the goods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bson import ObjectId

from src.models.order_refunds import RefundShare, release_refund
from src.models.orders import Order
from src.models.refunds import Refund
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import Changes, changes_between, record_action
from src.services.events import record_order_event
from src.services.refunds.execution import RefundExecution
from src.services.refunds.freight import ends_order, with_freight
from src.services.refunds.moves import move, release, reread, succeed
from src.services.refunds.opening import refund_lines, shares_of
from src.services.refunds.refunds import Refunds
from src.services.stock.inventory import Inventory
from src.services.wechat.refunds import RefundState
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import BadRequest, RefundStateConflict
from src.utils.money import split
from src.utils.order_states import OrderStatus
from src.utils.refund_states import RefundStatus

Decide = Callable[[Refund, Order, Session], Refund]


@dataclass(frozen=True)
class ApproveRefund:
    """What staff grant; None follows from the request and its order. `amount` in fen."""

    amount: int | None = None
    return_goods: bool | None = None
    restock: bool = False


class RefundDecisions:
    """Moves refunds up to the point where WeChat is asked; from there `RefundExecution` has them."""

    def __init__(
        self,
        *,
        refunds: Refunds,
        inventory: Inventory,
        execution: RefundExecution,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._refunds = refunds
        self._inventory = inventory
        self._execution = execution
        self._transactions = transactions
        self._clock = clock

    def approve(self, staff: StaffMember, refund_id: ObjectId, decision: ApproveRefund) -> Refund:
        """Grants a request: the money is on its way, or waits for the goods to come back.

        Shipped goods are to be returned unless the decision says otherwise. Goods that were never shipped go back
        on the shelf, and an order of which nothing is left is cancelled: its freight goes back with the last of them.

        Raises:
            NotFound. RefundStateConflict. BadRequest: more than was asked for, or a return of what was not shipped.
        """

        def decide(refund: Refund, order: Order, session: Session) -> Refund:
            if refund.status is not RefundStatus.REQUESTED:
                raise RefundStateConflict({"status": refund.status.value})
            if order.is_unsent:
                return self._approve_unshipped(staff, refund, order, decision, session)
            granted = self._grant(refund, order, decision.amount, session)
            return self._approve_shipped(staff, refund, decision, granted, session)

        return self._decide(staff, refund_id, Action.REFUND_APPROVE, decide)

    def reject(self, staff: StaffMember, refund_id: ObjectId, reason: str) -> Refund:
        """Refuses a request, or goods that came back: units and money are the order's again.

        Raises:
            NotFound, RefundStateConflict.
        """

        def decide(refund: Refund, order: Order, session: Session) -> Refund:
            return release(
                refund,
                order,
                RefundStatus.REJECTED,
                actor=staff.subject,
                reason=reason,
                values={"reject_reason": reason},
                now=self._clock.now(),
                session=session,
            )

        return self._decide(staff, refund_id, Action.REFUND_REJECT, decide)

    def receive(self, staff: StaffMember, refund_id: ObjectId, *, restock: bool) -> Refund:
        """Notes that the goods came back, to be sold again if `restock`; the money is on its way.

        Raises:
            NotFound, RefundStateConflict.
        """

        def decide(refund: Refund, order: Order, session: Session) -> Refund:
            if refund.status not in (RefundStatus.AWAITING_RETURN, RefundStatus.RETURNING):
                raise RefundStateConflict({"status": refund.status.value})
            return self._process(staff, refund, {"restocked": restock}, session)

        return self._decide(staff, refund_id, Action.REFUND_RECEIVE, decide)

    def retry(self, staff: StaffMember, refund_id: ObjectId) -> Refund:
        """Has WeChat asked again about an abnormal refund, and asked to pay if it does not know it.

        Raises:
            NotFound. RefundStateConflict: it is not abnormal, or what WeChat says of it does not fit.
        """

        def decide(refund: Refund, order: Order, session: Session) -> Refund:
            if "retry" not in refund.staff_actions:
                raise RefundStateConflict({"status": refund.status.value})
            return self._process(staff, refund, {}, session)

        return self._decide(staff, refund_id, Action.REFUND_RETRY, decide)

    def settle_outside(self, staff: StaffMember, refund_id: ObjectId, note: str) -> Refund:
        """Notes that an abnormal refund was paid back by other means, which `note` describes.

        Raises:
            NotFound. RefundStateConflict: it is not abnormal, or WeChat says that it pays or has paid.
            WeChatUnavailable: it does not say.
        """
        found = self._refunds.get_in_store(staff, refund_id)
        if found.status is RefundStatus.ABNORMAL and self._execution.learn(found) is RefundState.PROCESSING:
            raise RefundStateConflict({"status": RefundStatus.PROCESSING.value})

        def decide(refund: Refund, order: Order, session: Session) -> Refund:
            if refund.status is not RefundStatus.ABNORMAL:
                raise RefundStateConflict({"status": refund.status.value})
            return succeed(refund, actor=staff.subject, reason=note, now=self._clock.now(), session=session)

        changes = {"note": (None, note)}
        return self._decide(staff, refund_id, Action.REFUND_SETTLE_OUTSIDE, decide, changes)

    def _decide(
        self, staff: StaffMember, refund_id: ObjectId, action: Action, decide: Decide, said: Changes | None = None
    ) -> Refund:
        """Decides and records it, with what was `said` beside what changed; then has WeChat asked."""
        found = self._refunds.get_in_store(staff, refund_id)

        def work(session: Session) -> Refund:
            refund, order = reread(found, session=session)
            decided = decide(refund, order, session)
            changes = {**_changes(refund, decided), **(said or {})}
            record_action(staff, action, "refund", refund.id, changes, at=self._clock.now(), session=session)
            return decided

        contended = [found.order_id, *(line.sku_id for line in found.items)]
        return self._execution.drive(self._transactions.run(work, contended=contended))

    def _grant(self, refund: Refund, order: Order, amount: int | None, session: Session) -> dict[str, object]:
        """Returns the granted amount and its lines; what is not granted is the order's again."""
        if amount is None or amount == refund.asked_fen:
            return {}
        if amount > refund.asked_fen:
            raise BadRequest.for_field("amount", f"At most {refund.asked_fen} fen were asked for.")
        asked = shares_of(refund)
        parts = split(amount, [share.amount for share in asked])
        spared = [RefundShare(share.sku_id, 0, share.amount - part) for share, part in zip(asked, parts, strict=True)]
        freed = release_refund(order, spared, now=self._clock.now(), session=session)
        assert freed is not None, "the order holds what its refunds ask for"
        granted = [replace(share, amount=part) for share, part in zip(asked, parts, strict=True)]
        return {"amount_fen": amount, "items": [line.to_mongo().to_dict() for line in refund_lines(order, granted)]}

    def _approve_unshipped(
        self, staff: StaffMember, requested: Refund, order: Order, decision: ApproveRefund, session: Session
    ) -> Refund:
        ends = ends_order(requested, order, session=session)
        freight = order.freight_amount if ends else 0
        refund = with_freight(requested, order, freight, now=self._clock.now(), session=session)
        _fits_unshipped_goods(refund, decision)
        processing = self._process(staff, refund, {"restocked": True}, session)
        self._end_or_keep(staff, order, ends, session)
        return processing

    def _approve_shipped(
        self,
        staff: StaffMember,
        refund: Refund,
        decision: ApproveRefund,
        granted: dict[str, object],
        session: Session,
    ) -> Refund:
        if decision.return_goods is False:
            return self._process(staff, refund, {**granted, "restocked": decision.restock}, session)
        now = self._clock.now()
        return move(refund, RefundStatus.AWAITING_RETURN, actor=staff.subject, values=granted, now=now, session=session)

    def _process(self, staff: StaffMember, refund: Refund, values: dict[str, object], session: Session) -> Refund:
        now = self._clock.now()
        processing = move(
            refund,
            RefundStatus.PROCESSING,
            actor=staff.subject,
            values={**values, "due_at": now},
            now=now,
            session=session,
        )
        if values.get("restocked"):
            self._inventory.restock(processing, now=now, session=session)
        return processing

    def _end_or_keep(self, staff: StaffMember, order: Order, ends: bool, session: Session) -> None:
        """Cancels a paid order of which every unit goes back. Either way nobody ships what this transaction takes."""
        now = self._clock.now()
        if not ends:
            order.touch(now=now, session=session)
            return
        cancelled = order.move(OrderStatus.CANCELLED, actor=staff.subject, reason="refunded", now=now, session=session)
        assert cancelled is not None, "the snapshot of this transaction has the order paid"
        record_order_event(cancelled, session=session)


def _changes(before: Refund, after: Refund) -> dict[str, Any]:
    shown = _shown(after)
    return changes_between(_shown(before), shown, shown)


def _shown(refund: Refund) -> dict[str, Any]:
    return {
        "status": refund.status,
        "amount": refund.amount_fen,
        "restocked": refund.restocked,
        "rejectReason": refund.reject_reason,
    }


def _fits_unshipped_goods(refund: Refund, decision: ApproveRefund) -> None:
    """They go back on the shelf, so all of their money goes back too. Raises BadRequest."""
    if decision.return_goods:
        raise BadRequest.for_field("returnGoods", "The goods were never shipped.")
    if decision.amount not in (None, refund.asked_fen):
        raise BadRequest.for_field(
            "amount", f"Goods that were never shipped are paid back in full: {refund.asked_fen} fen."
        )
