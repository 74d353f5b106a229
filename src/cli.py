"""Commands of an operator: `flask --app wsgi …`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click
from flask import Flask, current_app
from marshmallow import Schema, ValidationError
from pymongo.errors import DuplicateKeyError

from src.audit_command import audit
from src.controllers.schemas.products import ProductIn
from src.controllers.schemas.stores import StoreIn
from src.job_commands import jobs, schedules
from src.middleware.context import services
from src.models.indexes import ensure_indexes
from src.operator_commands import OperatorCommands
from src.reconcile_command import reconcile
from src.services.staff import UsernameTaken
from src.utils.errors import NotFound
from src.utils.permissions import Role

EXPIRY_BATCH = 1_000


indexes = OperatorCommands("indexes", help="Database indexes.")
stores = OperatorCommands("stores", help="Stores.")
staff = OperatorCommands("staff", help="Staff accounts.")
orders = OperatorCommands("orders", help="Orders.")
demo = OperatorCommands("demo", help="Demo data.")


def register_commands(app: Flask) -> None:
    for group in (indexes, stores, staff, orders, jobs, schedules, demo):
        app.cli.add_command(group)
    app.cli.add_command(reconcile)
    app.cli.add_command(audit)


@indexes.command("ensure")
def ensure() -> None:
    """Create the collections and indexes that are missing. Repeatable; part of each deployment."""
    ensure_indexes()
    click.echo("indexes are complete")


@stores.command("save")
@click.argument("file", type=click.File("r", encoding="utf-8"))
def save_store(file: TextIO) -> None:
    """Make or change a store from a JSON FILE (- for standard input). Secrets are encrypted before they are stored."""
    values = _load(StoreIn(), _parse(file))
    facts = {name: values.pop(name) for name in ("code", "name", "hosts", "is_default")}
    try:
        saved = services().stores.save(facts.pop("code"), values, **facts)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    except DuplicateKeyError as error:
        raise click.ClickException("another store is the default one, or has one of the hosts") from error
    click.echo(f"store {saved.code} is saved")


_store_option = click.option("--store", "store_code", help="Store code; the default store if left out.")
_password_option = click.option(
    "--password-file", type=click.File("r", encoding="utf-8"), required=True, help="- asks, or reads a pipe."
)


@staff.command("create")
@click.argument("username")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@_store_option
@_password_option
def create_staff(username: str, role: str, store_code: str | None, password_file: TextIO) -> None:
    """Create a staff account USERNAME."""
    with _staff_failures(username):
        store = services().stores.resolve(code=store_code, host="")
        services().staff.create(store, username, _password(password_file), Role(role))
    click.echo(f"{username} may work in store {store.code} as {role}")


@staff.command("password")
@click.argument("username")
@_store_option
@_password_option
def set_staff_password(username: str, store_code: str | None, password_file: TextIO) -> None:
    """Set a new password for USERNAME and end all its logins."""
    with _staff_failures(username):
        store = services().stores.resolve(code=store_code, host="")
        services().staff.set_password(store, username, _password(password_file))
    click.echo(f"{username} has a new password in store {store.code}")


@staff.command("deactivate")
@click.argument("username")
@_store_option
def deactivate_staff(username: str, store_code: str | None) -> None:
    """Lock USERNAME out, with all its logins, until it is activated again."""
    _set_active(username, store_code, active=False)


@staff.command("activate")
@click.argument("username")
@_store_option
def activate_staff(username: str, store_code: str | None) -> None:
    """Let USERNAME log in again."""
    _set_active(username, store_code, active=True)


def _set_active(username: str, store_code: str | None, *, active: bool) -> None:
    with _staff_failures(username):
        store = services().stores.resolve(code=store_code, host="")
        services().staff.set_active(store, username, active=active)
    click.echo(f"{username} {'may' if active else 'cannot'} log in to store {store.code}")


@contextmanager
def _staff_failures(username: str) -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise click.ClickException("there is no such store or no such account") from error
    except UsernameTaken as error:
        raise click.ClickException(f"{username} exists; flask staff password sets a new password") from error
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _password(file: TextIO) -> str:
    if file.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    return file.read().strip("\r\n")


@orders.command("expire")
def expire_orders() -> None:
    """Close unpaid orders whose time is over, at WeChat and here, and give their stock back."""
    report = services().closing.expire_due(limit=EXPIRY_BATCH)
    click.echo(f"cancelled {report.cancelled}, turned out paid {report.paid}, to be tried again {report.failed}")
    if report.failed:
        raise click.exceptions.Exit(1)


@demo.command("load")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default="ecosystem/demo")
def load_demo(folder: Path) -> None:
    """Fill the default store with the catalogue and the pictures of FOLDER, if it has no products."""
    products = [_load(ProductIn(), raw) for raw in json.loads((folder / "catalogue.json").read_text("utf-8"))]
    store = services().stores.resolve(code=None, host="")
    created = services().demo.load(store.id, products)
    media = Path(current_app.config["MEDIA_DIR"]) / "demo"
    shutil.copytree(folder / "pictures", media, dirs_exist_ok=True)
    click.echo(f"created {created} products; pictures are in {media}")


def _parse(file: TextIO) -> Any:
    try:
        return json.load(file)
    except ValueError as error:
        raise click.ClickException(f"{file.name} is not JSON: {error}") from error


def _load(schema: Schema, raw: Any) -> Any:
    try:
        return schema.load(raw)
    except ValidationError as error:
        raise click.ClickException(json.dumps(error.messages, ensure_ascii=False)) from error
