"""`flask indexes`: what the database must have before the shop opens."""

from __future__ import annotations

import click

from src.commands.failures import OperatorCommands
from src.middleware.context import services
from src.models.indexes import ensure_indexes

indexes = OperatorCommands("indexes", help="Database indexes.")
_TOLD_EVERY = 10_000


@indexes.command("ensure")
def ensure() -> None:
    """Create the collections and indexes that are missing. Repeatable; part of each deployment."""
    ensure_indexes()
    click.echo("indexes are complete")


@indexes.command("fill")
def fill() -> None:
    """Give documents of earlier releases what this one finds them by. Repeatable; once after an update."""
    products = services().product_upgrade
    click.echo(f"orders made findable: {services().store_orders.make_findable()}")
    click.echo(f"counters of stock completed: {services().stock_keeping.complete_counters()}")
    click.echo(f"products looked at: {services().stock_keeping.note_what_cannot_be_sold()}")
    click.echo(f"products filed under categories: {products.file_under_categories(_looked_at)}")
    click.echo(f"products made findable: {products.make_findable(_looked_at)}")


def _looked_at(products: int) -> None:
    if products % _TOLD_EVERY == 0:
        click.echo(f"products: {products} so far", err=True)
