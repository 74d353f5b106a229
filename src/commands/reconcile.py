"""`flask reconcile`: compare a day's books with WeChat's bill now."""

from __future__ import annotations

from datetime import date, datetime

import click
from flask.cli import with_appcontext

from src.commands.failures import OperatorCommand
from src.middleware.context import services
from src.models.stores import Store
from src.services.payments.bill_comparison import Findings
from src.services.payments.reconciliation import NotBilled
from src.services.wechat.bill_rows import UnreadableBill
from src.services.wechat.bills import NoBillYet
from src.services.wechat.errors import WeChatError


@click.command("reconcile", cls=OperatorCommand)
@click.option("--store", "store_code", help="Store code; the default store if left out.")
@click.option("--date", "moment", type=click.DateTime(["%Y-%m-%d"]), help="A day in Beijing; yesterday if left out.")
@click.option("--dry-run", is_flag=True, help="Compare, and store no report.")
@with_appcontext
def reconcile(store_code: str | None, moment: datetime | None, dry_run: bool) -> None:
    """Compare a day's books with WeChat's bill. The status is 1 if they differ."""
    store = services().stores.resolve(code=store_code, host="")
    day = moment.date() if moment else services().reconciliations.yesterday()
    findings = _compare(store, day)
    if not dry_run:
        services().reconciliations.record(store, day, findings)
    _show(store, day, findings)
    if findings.differs:
        raise click.exceptions.Exit(1)


def _compare(store: Store, day: date) -> Findings:
    try:
        return services().reconciliations.compare(store, day)
    except NoBillYet as error:
        raise click.ClickException(f"WeChat is still making the bill of {day}; try again later") from error
    except (WeChatError, UnreadableBill, NotBilled) as error:
        raise click.ClickException(f"the bill of {day} cannot be had: {error}") from error


def _show(store: Store, day: date, findings: Findings) -> None:
    for name, totals in (("books", findings.ours), ("WeChat", findings.wechat)):
        paid, refunded = (f"{fen / 100:.2f}" for fen in (totals.paid_fen, totals.refunded_fen))
        click.echo(f"{name}: {totals.payments} payments of {paid} yuan, {totals.refunds} refunds of {refunded} yuan")
    for found in findings.differences:
        ours, wechats = ("-" if fen is None else fen for fen in (found.our_fen, found.wechat_fen))
        click.echo(f"{found.kind.value}: {found.money.value} {found.number}: books {ours}, WeChat {wechats} fen")
    count = sum(findings.counts.values())
    click.echo(f"store {store.code}, {day}: {f'{count} differences' if count else 'books and bill agree'}")
