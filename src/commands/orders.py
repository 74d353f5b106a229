"""`flask orders`: work on orders that a timer may start."""

from __future__ import annotations

import click

from src.commands.failures import OperatorCommands
from src.middleware.context import services

_EXPIRY_BATCH = 1_000

orders = OperatorCommands("orders", help="Orders.")


@orders.command("expire")
def expire_orders() -> None:
    """Close unpaid orders whose time is over, at WeChat and here, and give their stock back."""
    report = services().closing.expire_due(limit=_EXPIRY_BATCH)
    click.echo(f"cancelled {report.cancelled}, turned out paid {report.paid}, to be tried again {report.failed}")
    if report.failed:
        raise click.exceptions.Exit(1)
