"""Where the money of a store is."""

from __future__ import annotations

from dataclasses import dataclass

from src.services.audit.dossiers import Dossier
from src.services.audit.order_checks import was_paid
from src.services.audit.payment_checks import received_fen
from src.services.audit.refund_checks import UNDER_WAY, fen_of

_UNDECIDED = frozenset({"requested", "awaiting_return", "returning"})


@dataclass
class Money:
    """Amounts in fen. Always: received = kept + asked back + on its way back + refunded.

    `kept` follows from orders, `received` from payments, the rest from refunds. `held` came and is not received.
    """

    received: int = 0
    kept: int = 0
    asked_back: int = 0
    on_its_way: int = 0
    refunded: int = 0
    held: int = 0

    @property
    def adds_up(self) -> bool:
        return self.received == self.kept + self.asked_back + self.on_its_way + self.refunded

    def add(self, dossier: Dossier) -> None:
        """Counts the money of an order; its payments and refunds count without it too."""
        order, payments, refunds = dossier.document, dossier.parts["payments"], dossier.parts["refunds"]
        if order is not None and was_paid(order):
            self.kept += order["total_amount"] - order.get("refund_held", 0)
        self.received += sum(received_fen(payment) for payment in payments)
        self.held += sum(payment["held_money"]["amount_fen"] for payment in payments if payment.get("held"))
        self.asked_back += fen_of(refund for refund in refunds if refund["status"] in _UNDECIDED)
        self.on_its_way += fen_of(refund for refund in refunds if refund["status"] in UNDER_WAY)
        self.refunded += fen_of(refund for refund in refunds if refund["status"] == "succeeded")
