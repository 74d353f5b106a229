"""Money that comes in, wired: payments, notifications, and the end of orders that are not paid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from src.services.jobs.contracts import REMOTE_PORTION, JobParts, ScheduledWork
from src.services.orders.closing import Closing
from src.services.orders.paid_cancelling import PaidCancelling
from src.services.orders.repricing import OrderRepricing
from src.services.payments.callbacks import PAY_NOTIFY_PATH, PayCallbacks
from src.services.payments.certificate_refresh import CertificateRefresh
from src.services.payments.payments import Payments
from src.services.payments.reconciliation import Reconciliations
from src.services.payments.reconciliation_jobs import ReconciliationJobs
from src.services.payments.settlement import Settlements
from src.services.payments.starting import PaymentStarting
from src.services.refunds.execution import RefundExecution
from src.services.wechat.pay import PayClient
from src.services.wiring.foundation import Foundation
from src.services.wiring.selling import Selling
from src.services.wiring.wechat import PayClients


@dataclass(frozen=True)
class Paying:
    settlements: Settlements
    payments: Payments
    payment_starting: PaymentStarting
    closing: Closing
    order_repricing: OrderRepricing
    pay_callbacks: PayCallbacks
    reconciliations: Reconciliations
    reconciliation_jobs: ReconciliationJobs
    certificate_refresh: CertificateRefresh

    @property
    def job_parts(self) -> JobParts:
        """What money needs is due by what its own documents say; a job only fetches WeChat's bill of a day."""
        return JobParts.of(
            handlers=(self.reconciliation_jobs.handler,),
            scheduled=(
                _asking_wechat("expire_orders", 20, self._expire_orders),
                _asking_wechat("query_payments", 30, self.payments.query_due),
                ScheduledWork("apply_notifications", timedelta(seconds=30), self.pay_callbacks.apply_stored),
                self.reconciliation_jobs.scheduled,
                self.certificate_refresh.scheduled,
            ),
        )

    def _expire_orders(self, limit: int) -> int:
        return self.closing.expire_due(limit=limit).tried


def _asking_wechat(name: str, every_s: int, run: Callable[[int], int]) -> ScheduledWork:
    return ScheduledWork(name, timedelta(seconds=every_s), run, portion=REMOTE_PORTION)


def wire_payments(base: Foundation, clients: PayClients, selling: Selling, execution: RefundExecution) -> Paying:
    stores, transactions, clock = base.stores, base.transactions, base.clock
    settlements = Settlements(transactions=transactions, inventory=selling.inventory, clock=clock)
    payments = Payments(stores=stores, settlements=settlements, pay=clients.pay, clock=clock)
    reconciliations = Reconciliations(stores=stores, bills=clients.bills, transactions=transactions, clock=clock)
    return Paying(
        settlements=settlements,
        payments=payments,
        payment_starting=_starting(base, clients.pay, selling, settlements, payments),
        closing=_closing(base, selling, payments, execution),
        order_repricing=OrderRepricing(
            stores=stores, orders=selling.orders, payments=payments, transactions=transactions, clock=clock
        ),
        pay_callbacks=PayCallbacks(stores=stores, settlements=settlements, refund_execution=execution, clock=clock),
        reconciliations=reconciliations,
        reconciliation_jobs=ReconciliationJobs(reconciliations=reconciliations, stores=stores, clock=clock),
        certificate_refresh=CertificateRefresh(stores=stores, certificates=clients.certificates, clock=clock),
    )


def _starting(
    base: Foundation, client: PayClient, selling: Selling, settlements: Settlements, payments: Payments
) -> PaymentStarting:
    return PaymentStarting(
        stores=base.stores,
        orders=selling.orders,
        payments=payments,
        settlements=settlements,
        pay=client,
        transactions=base.transactions,
        clock=base.clock,
        notify_url=base.settings.public_url + PAY_NOTIFY_PATH,
    )


def _closing(base: Foundation, selling: Selling, payments: Payments, execution: RefundExecution) -> Closing:
    inventory, transactions, clock = selling.inventory, base.transactions, base.clock
    return Closing(
        stores=base.stores,
        orders=selling.orders,
        payments=payments,
        paid_cancelling=PaidCancelling(
            inventory=inventory, execution=execution, transactions=transactions, clock=clock
        ),
        inventory=inventory,
        transactions=transactions,
        clock=clock,
    )
