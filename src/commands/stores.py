"""`flask stores`: shops and their WeChat accounts."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import click

from src.commands.failures import OperatorCommands
from src.commands.json_input import load, parse
from src.controllers.schemas.stores import StoreIn
from src.middleware.context import services
from src.models.transaction import AlreadyStored
from src.services.tenants.deletion import NotDeletable

stores = OperatorCommands("stores", help="Stores.")
_TOLD_EVERY = 10_000


@stores.command("save")
@click.argument("file", type=click.File("r", encoding="utf-8"))
def save_store(file: TextIO) -> None:
    """Make or change a store from a JSON FILE (- for standard input). Secrets are encrypted before they are stored."""
    values = load(StoreIn(), parse(file))
    facts = {name: values.pop(name) for name in ("code", "name", "hosts", "is_default")}
    try:
        saved = services().store_upkeep.settings.save(facts.pop("code"), values, facts)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    except AlreadyStored as error:
        raise click.ClickException("another store is the default one, or has one of the hosts") from error
    click.echo(f"store {saved.code} is saved")


@stores.command("export")
@click.argument("code")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--pictures", type=click.Path(dir_okay=False, path_type=Path), help="List the pictures' files here.")
def export_store(code: str, file: Path, pictures: Path | None) -> None:
    """Write everything of the store CODE but its pictures into FILE: gzip of JSON lines. Secrets stay sealed."""
    store, export = services().stores.current(code), services().store_upkeep.export
    try:
        counts = export.write(store, file)
        objects = export.write_pictures(store, pictures) if pictures else None
    except OSError as error:
        raise click.ClickException(f"{error.filename} cannot be written: {error.strerror}") from error
    for collection, documents in counts.items():
        click.echo(f"{collection:<24}{documents:>10}")
    if objects is not None:
        click.echo(f"{objects} files of pictures to be copied are listed in {pictures}")
    click.echo(f"store {code} is in {file}")


@stores.command("delete")
@click.argument("code")
@click.option("--confirm", required=True, help="The code again.")
def delete_store(code: str, confirm: str) -> None:
    """Delete the suspended store CODE with everything in it. What broke off goes on when it is called again."""
    if confirm != code:
        raise click.ClickException("--confirm must be the store's code")
    try:
        services().store_upkeep.deletion.delete(code, _gone)
    except NotDeletable as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"store {code} is deleted")


def _gone(collection: str, documents: int) -> None:
    click.echo(f"{collection:<24}{documents:>10} deleted")


@stores.command("rotate-encryption")
def rotate_encryption() -> None:
    """Seal everything anew that an older key of ENCRYPTION_KEYS has sealed. Can be repeated and broken off."""
    counts = list(services().store_upkeep.resealing.run(_looked_at))
    for of_field in counts:
        click.echo(f"{of_field.field:<40}{of_field.done:>10} sealed anew{of_field.unreadable:>10} unreadable")
    if unreadable := sum(of_field.unreadable for of_field in counts):
        raise click.ClickException(f"{unreadable} values cannot be opened with ENCRYPTION_KEYS; keep the older keys")
    click.echo("everything is sealed with the first key")


def _looked_at(field: str, values: int) -> None:
    if values % _TOLD_EVERY == 0:
        click.echo(f"{field}: {values} so far", err=True)
