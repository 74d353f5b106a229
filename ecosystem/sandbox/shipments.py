"""Orders as the shipping management sees them: what was uploaded, and when the receipt was confirmed."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.mini_program_errors import MiniProgramError
from ecosystem.sandbox.orders import Order
from ecosystem.sandbox.shipping_forms import EXPRESS, Upload

DAY_S = 24 * 3600
EXPRESS_CONFIRMED_AFTER_S = 10 * DAY_S
OTHERS_CONFIRMED_AFTER_S = 2 * DAY_S
SETTLED_AFTER_S = 2.0
VISIBLE_AFTER_S = 3.0
UPLOADS_THAT_FINISH = 2


class OrderState(IntEnum):
    """order_state of get_order."""

    TO_SHIP = 1
    SHIPPED = 2
    CONFIRMED = 3
    FINISHED = 4
    REFUNDED = 5


@dataclass
class Shipment:
    """The shipping data of one paid order; moments are seconds since the epoch."""

    order: Order
    uploads: list[Upload] = field(default_factory=list)
    finish_count: int = 0
    finished_at: float = 0.0
    confirmed_by_user_at: float | None = None
    reminded: bool = False
    settlement_told: bool = False

    def accept(self, upload: Upload, refunded: bool, now: float) -> bool:
        """Take the upload over; say whether the order is now shipped for the first time.

        Raises:
            MiniProgramError: Nothing new, out of order, or no further upload is allowed.
        """
        if self.uploads and upload.says_the_same(self.uploads[-1]):
            raise MiniProgramError(10060023)
        self._check_turn(upload, refunded, now)
        self.uploads.append(upload)
        if not upload.all_delivered:
            return False
        self.finish_count += 1
        if self.finish_count == 1:
            self.finished_at = now
        return self.finish_count == 1

    def _check_turn(self, upload: Upload, refunded: bool, now: float) -> None:
        if self.state(refunded, now) > OrderState.SHIPPED:
            raise MiniProgramError(10060004)
        if self.finish_count and not upload.all_delivered:
            raise MiniProgramError(10060002)
        if self.finish_count == UPLOADS_THAT_FINISH:
            raise MiniProgramError(10060003)
        if self.uploads and upload.moment <= self.uploads[-1].moment:
            raise MiniProgramError(268485216)

    @property
    def confirmed_at(self) -> float:
        """When the receipt was, or will be, confirmed; only for a shipped order."""
        if self.confirmed_by_user_at is not None:
            return self.confirmed_by_user_at
        by_express = self.uploads[-1].logistics_type == EXPRESS
        return self.finished_at + (EXPRESS_CONFIRMED_AFTER_S if by_express else OTHERS_CONFIRMED_AFTER_S)

    @property
    def settled_at(self) -> float:
        return self.confirmed_at + SETTLED_AFTER_S

    def state(self, refunded: bool, now: float) -> OrderState:
        if refunded:
            return OrderState.REFUNDED
        if not self.finish_count:
            return OrderState.TO_SHIP
        if now >= self.settled_at:
            return OrderState.FINISHED
        return OrderState.CONFIRMED if now >= self.confirmed_at else OrderState.SHIPPED

    def shown(self, refunded: bool, now: float) -> dict[str, Any]:
        """Return the order as get_order shows it."""
        return {
            "transaction_id": self.order.transaction_id,
            "merchant_id": self.order.account.mchid,
            "merchant_trade_no": self.order.out_trade_no,
            "description": self.order.params["description"],
            "paid_amount": self.order.total,
            "openid": self.order.params["payer"]["openid"],
            "trade_create_time": int(self.order.created_at),
            "pay_time": int(self.order.paid_at),
            "order_state": self.state(refunded, now),
            "in_complaint": False,
            "shipping": self._shipping(),
        }

    def _shipping(self) -> dict[str, Any]:
        if not self.uploads:
            return {"finish_shipping": False, "finish_shipping_count": 0, "shipping_list": []}
        latest = self.uploads[-1]
        return {
            "delivery_mode": latest.delivery_mode,
            "logistics_type": latest.logistics_type,
            "finish_shipping": self.finish_count > 0,
            "goods_desc": latest.parcels[0]["item_desc"],
            "finish_shipping_count": self.finish_count,
            "shipping_list": [dict(parcel) for parcel in latest.parcels],
        }


class Shipments:
    """The shipping data of every paid order; a payment arrives here some seconds after it was made."""

    def __init__(self) -> None:
        self.visible_after_s = VISIBLE_AFTER_S
        self._shipments: dict[str, Shipment] = {}

    def of(self, order: Order) -> Shipment:
        """Return the data of a paid order."""
        assert order.transaction_id is not None
        return self._shipments.setdefault(order.transaction_id, Shipment(order))

    def all(self) -> list[Shipment]:
        """Return the orders something was uploaded for."""
        return [shipment for shipment in self._shipments.values() if shipment.uploads]

    def has_shipped(self, account: Account) -> bool:
        """Say whether any order of the app has been shipped so far."""
        return any(shipment.finish_count for shipment in self.all() if shipment.order.account == account)
