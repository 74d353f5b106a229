"""`flask stores`: shops and their WeChat accounts."""

from __future__ import annotations

from typing import TextIO

import click
from pymongo.errors import DuplicateKeyError

from src.commands.failures import OperatorCommands
from src.commands.json_input import load, parse
from src.controllers.schemas.stores import StoreIn
from src.middleware.context import services

stores = OperatorCommands("stores", help="Stores.")


@stores.command("save")
@click.argument("file", type=click.File("r", encoding="utf-8"))
def save_store(file: TextIO) -> None:
    """Make or change a store from a JSON FILE (- for standard input). Secrets are encrypted before they are stored."""
    values = load(StoreIn(), parse(file))
    facts = {name: values.pop(name) for name in ("code", "name", "hosts", "is_default")}
    try:
        saved = services().stores.save(facts.pop("code"), values, **facts)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    except DuplicateKeyError as error:
        raise click.ClickException("another store is the default one, or has one of the hosts") from error
    click.echo(f"store {saved.code} is saved")
