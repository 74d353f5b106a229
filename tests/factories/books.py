"""The books of a store: what must be true of all its documents together, at every moment."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from src.services.audit.auditing import Audit
from src.utils.clock import Clock

_AUDIT = Audit(clock=Clock(), keep_events=timedelta(days=90))


def assert_books_balance(store_id: ObjectId) -> None:
    """Checks every invariant of a store's documents and names each one that is broken, with the ids.

    That somebody works on what is due is not asked: in tests nobody does.
    """
    report = _AUDIT.run(store_id).of_the_books()
    broken = [f"{result.name}: {finding}" for result in report.results for finding in result.shown]
    assert not broken, "\n".join(broken)
    assert all(money.adds_up for money in report.money.values()), report.money
