"""The shopper's side of a refund: asking, sending the goods back, withdrawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from bson import ObjectId

from src.models.order_parts import OrderLine
from src.models.order_refunds import RefundShare, hold_refund
from src.models.orders import REFUNDABLE, Order
from src.models.payments import Payment
from src.models.refunds import Refund, RefundKind
from src.models.stores import Store
from src.models.text_reviews import TextReview
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.accounts.callers import Shopper
from src.services.events import record_refund_event
from src.services.idempotency import RequestIdentity
from src.services.media.own_pictures import require_own
from src.services.moderation.moderation import Moderation, Scene, Verdict
from src.services.moderation.text_reviews import ask_for_review
from src.services.orders.orders import Orders
from src.services.orders.shipping import ParcelInput
from src.services.refunds.freight import freight_asked
from src.services.refunds.moves import move, release, reread
from src.services.refunds.opening import new_refund
from src.services.refunds.refunds import Refunds
from src.services.wechat.refunds import MAX_REFUNDS_OF_A_PAYMENT
from src.utils.clock import Clock
from src.utils.errors import IdempotencyKeyReused, NotFound, OrderStateConflict, RefundNotPossible
from src.utils.money import share_of_units
from src.utils.refund_states import RELEASED, RefundStatus
from src.utils.text_review_states import ReviewKind

# WeChat Pay refunds nothing that was paid longer ago.
_WINDOW = timedelta(days=365)


@dataclass(frozen=True)
class WantedRefund:
    """Units of one line of the order."""

    order_item_id: ObjectId
    quantity: int


@dataclass(frozen=True)
class RequestRefund:
    items: Sequence[WantedRefund]
    reason: str
    images: Sequence[str] = ()


class RefundRequests:
    """What shoppers do with their refunds."""

    def __init__(
        self, *, refunds: Refunds, orders: Orders, moderation: Moderation, transactions: Transactions, clock: Clock
    ) -> None:
        self._refunds = refunds
        self._orders = orders
        self._moderation = moderation
        self._transactions = transactions
        self._clock = clock

    def request(
        self,
        store: Store,
        shopper: Shopper,
        order_id: ObjectId,
        wanted: RequestRefund,
        identity: RequestIdentity | None,
    ) -> Refund:
        """Returns the new request, its units and money held from now on; with an `identity` that made one, that one.

        Raises:
            NotFound: the order or one of its items. OrderStateConflict: the order is not paid. RefundNotPossible.
            TextRejected: WeChat finds the reason risky. IdempotencyKeyReused.
            BadRequest: a picture is another store's.
        """
        require_own(store.id, images=wanted.images)
        if identity and (existing := self._request_of(shopper, identity)):
            return existing
        refuse_impossible(self._orders.get_own(shopper, order_id), wanted.items)  # before WeChat is troubled
        verdict = self._moderation.judge(store, shopper.user_id, Scene.COMMENT, wanted.reason)

        def work(session: Session) -> Refund:
            order = Order.find_in_store(store.id, order_id, session=session)
            assert order is not None, "orders are never deleted"
            refund = self._build(shopper, order, wanted, identity, session)
            return self._store(refund, session, hidden=verdict is Verdict.REVIEW)

        try:
            return self._transactions.run(work, contended=[order_id])
        except AlreadyStored:  # the same request has been faster
            winner = self._request_of(shopper, identity) if identity else None
            if winner is None:
                raise
            return winner

    def withdraw(self, shopper: Shopper, refund_id: ObjectId) -> Refund:
        """Takes a request back. Raises NotFound; RefundStateConflict once goods or money are on their way."""
        found = self._refunds.get_own(shopper, refund_id)

        def work(session: Session) -> Refund:
            refund, order = reread(found, session=session)
            now = self._clock.now()
            return release(refund, order, RefundStatus.WITHDRAWN, actor=shopper.subject, now=now, session=session)

        return self._transactions.run(work, contended=[found.order_id])

    def send_back(self, shopper: Shopper, refund_id: ObjectId, parcel: ParcelInput) -> Refund:
        """Notes the parcel in which the goods come back. Raises NotFound, RefundStateConflict."""
        found = self._refunds.get_own(shopper, refund_id)
        values: dict[str, object] = {"parcel": asdict(parcel)}

        def work(session: Session) -> Refund:
            refund, _ = reread(found, session=session)
            now = self._clock.now()
            return move(refund, RefundStatus.RETURNING, actor=shopper.subject, values=values, now=now, session=session)

        return self._transactions.run(work, contended=[found.order_id])

    def _build(
        self,
        shopper: Shopper,
        order: Order,
        wanted: RequestRefund,
        identity: RequestIdentity | None,
        session: Session,
    ) -> Refund:
        now = self._clock.now()
        payment = self._refundable_payment(order, session)
        shares = refuse_impossible(order, wanted.items)
        freight = freight_asked(order, shares)
        if hold_refund(order, shares, freight=freight, statuses=REFUNDABLE, now=now, session=session) is None:
            raise RefundNotPossible({"reason": "too_much"})
        refund = new_refund(
            RefundKind.AFTER_SALE,
            order,
            payment,
            shares=shares,
            amount_fen=sum(share.amount for share in shares) + freight,
            freight_fen=freight,
            status=RefundStatus.REQUESTED,
            actor=shopper.subject,
            now=now,
            reason=wanted.reason,
        )
        refund.images = list(wanted.images)
        if identity is not None:
            refund.idempotency_key, refund.request_fingerprint = identity.key, identity.fingerprint
        return refund

    def _store(self, refund: Refund, session: Session, *, hidden: bool) -> Refund:
        refund.reason_hidden = hidden
        refund.insert(session=session)
        record_refund_event(refund, session=session)
        if hidden:
            ask_for_review(
                ReviewKind.REFUND_REASON,
                store_id=refund.store_id,
                subject_id=refund.id,
                text=refund.reason,
                now=self._clock.now(),
                session=session,
            )
        return refund

    def _refundable_payment(self, order: Order, session: Session) -> Payment:
        payment = Payment.find_succeeded(order.store_id, order.id, session=session)
        if payment is None:
            raise OrderStateConflict({"status": order.status.value})
        if payment.succeeded_at + _WINDOW <= self._clock.now():
            raise RefundNotPossible({"reason": "too_late"})
        refunds = Refund.list_of_order(order.store_id, order.id, session=session)
        if sum(refund.status not in RELEASED for refund in refunds) >= MAX_REFUNDS_OF_A_PAYMENT:
            raise RefundNotPossible({"reason": "too_many"})
        return payment

    def _request_of(self, shopper: Shopper, identity: RequestIdentity) -> Refund | None:
        refund = Refund.find_by_idempotency_key(shopper.user_id, identity.key)
        if refund is not None and refund.request_fingerprint != identity.fingerprint:
            raise IdempotencyKeyReused()
        return refund


def refuse_impossible(order: Order, items: Sequence[WantedRefund]) -> list[RefundShare]:
    """Returns the wanted units with their money: all units of a line together are worth exactly the line.

    Raises:
        OrderStateConflict, NotFound, RefundNotPossible.
    """
    if order.status not in REFUNDABLE:
        raise OrderStateConflict({"status": order.status.value})
    lines = {line.sku_id: line for line in order.items}
    shares = []
    for index, item in enumerate(items):
        line = lines.pop(item.order_item_id, None)
        if line is None:
            raise NotFound({"item": index})
        if item.quantity > line.quantity - line.refund_quantity:
            raise RefundNotPossible({"reason": "too_much", "item": index})
        shares.append(_share(line, item.quantity))
    return shares


def _share(line: OrderLine, quantity: int) -> RefundShare:
    amount = share_of_units(line.amount, line.quantity, already=line.refund_quantity, wanted=quantity)
    return RefundShare(line.sku_id, quantity, amount)


def apply_review(review: TextReview, approved: bool, session: Session) -> None:
    """Shows a refund's reason, or leaves it hidden for good."""
    if approved:
        Refund.show_reason(review.subject_id, session=session)
