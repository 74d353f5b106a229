"""Orders, payments and refunds as a shop has them, written straight into the database at any time of the past."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bson import ObjectId

from src.models.connection import database
from src.models.transaction import Session, Transactions
from src.services.statistics.lateness import note_if_late

Raw = dict[str, Any]
_NUMBERS = count()


@dataclass
class SalesHistory:
    """A store to which things happen. What comes late is noted in the transaction that records it, as services do."""

    store_id: ObjectId
    chance: random.Random
    users: list[ObjectId] = field(default_factory=lambda: [ObjectId() for _ in range(6)])
    products: list[ObjectId] = field(default_factory=lambda: [ObjectId() for _ in range(5)])
    categories: list[ObjectId | None] = field(default_factory=lambda: [None, ObjectId(), ObjectId()])
    unpaid: list[Raw] = field(default_factory=list)
    paid: list[tuple[Raw, Raw]] = field(default_factory=list)

    def place(self, at: datetime) -> Raw:
        """Somebody places an order; every now and then it ends without money."""
        lines = [self._line(product) for product in self.chance.sample(self.products, self.chance.randint(1, 3))]
        order = {
            "_id": ObjectId(),
            "store_id": self.store_id,
            "user_id": self.chance.choice(self.users),
            "order_no": f"history-{next(_NUMBERS)}",
            "status": self.chance.choice(["pending", "cancelled"]),
            "items": lines,
            "total_amount": sum(line["amount"] for line in lines),
            "created_at": at,
        }
        database()["orders"].insert_one(order)
        self.unpaid.append(order)
        return order

    def pay(self, at: datetime, *, now: datetime) -> None:
        """An order is paid `at` a time that is learned of `now`: if no order takes it, it is surplus."""
        if not self.unpaid:
            return
        order = self.unpaid.pop(self.chance.randrange(len(self.unpaid)))
        taken = self.chance.random() < 0.85
        payment = self._payment(order, "succeeded" if taken else "surplus", at)
        self._record("payments", payment, now)
        if taken:
            self.paid.append((order, payment))
            database()["orders"].update_one({"_id": order["_id"]}, {"$set": {"status": "paid", "paid_at": now}})

    def refund(self, at: datetime, *, now: datetime) -> None:
        """Money of a paid order comes back `at` a time that is learned of `now`."""
        if not self.paid:
            return
        order, payment = self.paid.pop(self.chance.randrange(len(self.paid)))
        kind = self.chance.choice(["after_sale", "cancellation", "surplus"])
        amount = self.chance.randint(0, order["total_amount"])
        refund = {"kind": kind, "status": "succeeded", "amount_fen": amount, "payment_id": payment["_id"]}
        number = f"history-{next(_NUMBERS)}"
        self._record("refunds", {**refund, "out_refund_no": number, "order_id": order["_id"], "succeeded_at": at}, now)

    def _line(self, product: ObjectId) -> Raw:
        price, quantity = self.chance.randint(0, 500), self.chance.randint(1, 4)
        category = self.chance.choice(self.categories)
        filed = {} if category is None else {"category_id": category}
        return {"product_id": product, "sku_id": ObjectId(), "quantity": quantity, "amount": price * quantity, **filed}

    def _payment(self, order: Raw, status: str, at: datetime) -> Raw:
        number = f"history-{next(_NUMBERS)}"
        return {
            "_id": ObjectId(),
            "order_id": order["_id"],
            "user_id": order["user_id"],
            "status": status,
            "amount_fen": order["total_amount"],
            "out_trade_no": number,
            "transaction_id": number,
            "succeeded_at": at,
        }

    def _record(self, collection: str, raw: Raw, now: datetime) -> None:
        raw = {"_id": ObjectId(), "store_id": self.store_id, **raw}

        def work(session: Session) -> None:
            database()[collection].insert_one(raw, session=session)
            note_if_late(self.store_id, raw["succeeded_at"], now=now, session=session)

        Transactions(timeout_s=5).run(work)


def some_time_ago(chance: random.Random, now: datetime) -> datetime:
    """Returns a moment of the last seconds mostly, of hours or weeks ago at times."""
    lags = ({"seconds": chance.randint(0, 1_700)}, {"hours": chance.randint(1, 40)}, {"days": chance.randint(1, 25)})
    return now - timedelta(**chance.choices(lags, weights=(7, 2, 1))[0])
