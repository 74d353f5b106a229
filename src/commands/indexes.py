"""`flask indexes`: what the database must have before the shop opens."""

from __future__ import annotations

import click

from src.commands.failures import OperatorCommands
from src.models.indexes import ensure_indexes

indexes = OperatorCommands("indexes", help="Database indexes.")


@indexes.command("ensure")
def ensure() -> None:
    """Create the collections and indexes that are missing. Repeatable; part of each deployment."""
    ensure_indexes()
    click.echo("indexes are complete")
