"""`flask platform-keys`: who may administer the stores over the API."""

from __future__ import annotations

import click

from src.commands.failures import OperatorCommands
from src.middleware.context import services

platform_keys = OperatorCommands("platform-keys", help="Keys for /api/tenants.")


@platform_keys.command("create")
@click.argument("name")
def create_key(name: str) -> None:
    """Make a key that administers all stores, for NAME. It is shown once."""
    if not 1 <= len(name) <= 50:
        raise click.ClickException("a name has 1 to 50 characters")
    click.echo(services().platform_keys.create(name).key)


@platform_keys.command("list")
def list_keys() -> None:
    """List the keys, the oldest first."""
    for key in services().platform_keys.list_all():
        used = f"{key.last_used_at:%F %H:%M}" if key.last_used_at else "never"
        click.echo(f"{key.prefix}  {key.id}  made {key.created_at:%F}  used {used}  {key.name}")


@platform_keys.command("revoke")
@click.argument("prefix")
def revoke_key(prefix: str) -> None:
    """Have the key with this PREFIX refused at its next call."""
    if not services().platform_keys.revoke(prefix):
        raise click.ClickException(f"there is no key {prefix}")
    click.echo(f"{prefix} is revoked")
