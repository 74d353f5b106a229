"""Money that goes back, wired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from src.services.jobs.contracts import REMOTE_PORTION, JobParts, ScheduledWork
from src.services.moderation.moderation import Moderation
from src.services.payments.callbacks import REFUND_NOTIFY_PATH
from src.services.refunds.decisions import RefundDecisions
from src.services.refunds.execution import RefundExecution
from src.services.refunds.refunds import Refunds
from src.services.refunds.requests import RefundRequests
from src.services.wechat.refunds import RefundClient
from src.services.wiring.foundation import Foundation
from src.services.wiring.selling import Selling


@dataclass(frozen=True)
class Refunding:
    refunds: Refunds
    refund_requests: RefundRequests
    refund_decisions: RefundDecisions
    refund_execution: RefundExecution

    @property
    def job_parts(self) -> JobParts:
        """Refunds are due by what their documents say, not by what a job remembers."""
        drive = self.refund_execution.drive_due
        driving = ScheduledWork("drive_refunds", timedelta(seconds=10), drive, portion=REMOTE_PORTION)
        return JobParts.of(scheduled=(driving,))


def wire_refunds(base: Foundation, client: RefundClient, selling: Selling, moderation: Moderation) -> Refunding:
    transactions, clock, orders = base.transactions, base.clock, selling.orders
    refunds = Refunds(orders=orders)
    execution = RefundExecution(
        stores=base.stores,
        client=client,
        transactions=transactions,
        clock=clock,
        notify_url=base.settings.public_url + REFUND_NOTIFY_PATH,
    )
    return Refunding(
        refunds=refunds,
        refund_requests=RefundRequests(
            refunds=refunds, orders=orders, moderation=moderation, transactions=transactions, clock=clock
        ),
        refund_decisions=RefundDecisions(
            refunds=refunds,
            inventory=selling.inventory,
            execution=execution,
            transactions=transactions,
            clock=clock,
        ),
        refund_execution=execution,
    )
