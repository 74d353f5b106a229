"""`flask staff`: the accounts of those who work in a store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import click

from src.commands.failures import OperatorCommands
from src.middleware.context import services
from src.utils.errors import LastOwner, NameTaken, NotFound, StoreLimitReached
from src.utils.permissions import Role

staff = OperatorCommands("staff", help="Staff accounts.")

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
        services().staff.accounts.create(store, username, _password(password_file), Role(role))
    click.echo(f"{username} may work in store {store.code} as {role}")


@staff.command("password")
@click.argument("username")
@_store_option
@_password_option
def set_staff_password(username: str, store_code: str | None, password_file: TextIO) -> None:
    """Set a new password for USERNAME and end all its logins."""
    with _staff_failures(username):
        store = services().stores.resolve(code=store_code, host="")
        services().staff.accounts.set_password(store, username, _password(password_file))
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


@staff.command("forget-authenticator")
@click.argument("username")
@_store_option
def forget_authenticator(username: str, store_code: str | None) -> None:
    """Let USERNAME, who lost the authenticator, log in with the password alone."""
    with _staff_failures(username):
        store = services().stores.resolve(code=store_code, host="")
        is_new = services().staff.accounts.switch_off_second_factor(store, username)
    click.echo(f"{username} logs in to store {store.code} with the password alone{'' if is_new else ', as before'}")


def _set_active(username: str, store_code: str | None, *, active: bool) -> None:
    with _staff_failures(username):
        store = services().stores.resolve(code=store_code, host="")
        services().staff.accounts.set_active(store, username, active=active)
    click.echo(f"{username} {'may' if active else 'cannot'} log in to store {store.code}")


@contextmanager
def _staff_failures(username: str) -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise click.ClickException("there is no such store or no such account") from error
    except NameTaken as error:
        raise click.ClickException(f"{username} exists; flask staff password sets a new password") from error
    except LastOwner as error:
        raise click.ClickException(f"{username} is the store's last active owner; create another one first") from error
    except StoreLimitReached as error:
        raise click.ClickException("the store has as many members as it may") from error
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _password(file: TextIO) -> str:
    if file.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    return file.read().strip("\r\n")
