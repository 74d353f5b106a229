"""`flask indexes`: what the database must have before the shop opens."""

from __future__ import annotations

import click

from src.commands.failures import OperatorCommands
from src.middleware.context import services
from src.models.indexes import ensure_indexes

indexes = OperatorCommands("indexes", help="Database indexes.")


@indexes.command("ensure")
def ensure() -> None:
    """Create the collections and indexes that are missing. Repeatable; part of each deployment."""
    ensure_indexes()
    click.echo("indexes are complete")


@indexes.command("fill")
def fill() -> None:
    """Give documents of earlier releases what newer lists find them by. Repeatable; once after an update."""
    click.echo(f"orders made findable: {services().store_orders.make_findable()}")
    click.echo(f"products looked at: {services().stock_keeping.note_what_cannot_be_sold()}")
