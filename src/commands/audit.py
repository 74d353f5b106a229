"""`flask audit`: check what must be true of all documents together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import with_appcontext
from pymongo.errors import PyMongoError

from src.middleware.context import services
from src.services.audit.auditing import AuditReport, CheckResult, Money, Nature
from src.utils.errors import NotFound

_COLUMNS = ("received", "kept", "asked_back", "on_its_way", "refunded", "held")


class CannotAudit(click.ClickException):
    """Nothing is known: neither that all is well, nor that something is wrong."""

    exit_code = 2


@click.command("audit")
@click.option("--store", "store_code", help="Only the store with this code.")
@click.option("--books-only", is_flag=True, help="Do not ask whether somebody works on what is due.")
@with_appcontext
def audit(store_code: str | None, books_only: bool) -> None:
    """Check that orders, money, stock and events agree. Nothing is changed; the shop may be open.

    The status is 1 if they do not agree, or something stands still that moves on by itself; 2 if the database cannot
    be read.
    """
    with _in_one_line():
        store_id = services().stores.resolve(code=store_code, host="").id if store_code else None
        complete = services().audit.run(store_id)
    report = complete.of_the_books() if books_only else complete
    _show(report)
    if report.findings:
        raise click.exceptions.Exit(1)


@contextmanager
def _in_one_line() -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise CannotAudit("there is no such store; see flask stores save") from error
    except PyMongoError as error:
        raise CannotAudit(f"the database cannot be read: {error}") from error


def _show(report: AuditReport) -> None:
    for result in report.results:
        _show_result(result)
    _show_money(report.money)
    waiting = report.for_staff
    click.echo(
        f"\nfor staff: payments held {waiting.payments_held}, refunds abnormal {waiting.refunds_abnormal}, "
        f"jobs failed {waiting.jobs_failed}"
    )
    click.echo(_conclusion(report))


def _conclusion(report: AuditReport) -> str:
    red = sum(1 for result in report.results if result.count)
    made = f"{len(report.results)} checks"
    return f"{report.findings} findings in {red} of {made}" if red else f"{made}, the books balance"


def _show_result(result: CheckResult) -> None:
    standing_still = " (standing still)" if result.nature is Nature.LIVENESS else ""
    click.echo(f"{result.name.replace('_', ' ')}: {result.count or 'ok'}{standing_still if result.count else ''}")
    for finding in result.shown:
        click.echo(f"  {finding}")
    if result.count > len(result.shown):
        click.echo(f"  and {result.count - len(result.shown)} more")


def _show_money(money: dict[str, Money]) -> None:
    click.echo(f"\n{'yuan':<16}" + "".join(f"{name.replace('_', ' '):>14}" for name in _COLUMNS))
    for code, of_store in money.items():
        click.echo(f"{code:<16}" + "".join(f"{getattr(of_store, name) / 100:>14.2f}" for name in _COLUMNS))
