"""The demo store: the flask commands that make it, and the files they read."""

from pathlib import Path

from ecosystem.run.development_secrets import DevelopmentSecrets
from ecosystem.run.folders import Folders, read_json, write_private, write_private_json

STORE = "demo"
STORE_NAME = "山野集"
STAFF = "demo-owner"


def data_commands(folders: Folders) -> list[list[str]]:
    """Return the commands that bring the database to where the shop can be opened; all of them may be repeated."""
    return [["indexes", "ensure"], ["stores", "save", str(_write_store(folders))], ["demo", "load"]]


def staff_command(folders: Folders, secrets: DevelopmentSecrets) -> list[str]:
    """Return the command that makes the account of the demo store's owner; it fails when there is one."""
    password = write_private(folders.data / "staff-password", secrets.staff_password)
    return ["staff", "create", STAFF, "--role", "owner", "--store", STORE, "--password-file", str(password)]


def _write_store(folders: Folders) -> Path:
    """Write what `flask stores save` reads: the store with the sandbox's account."""
    account = read_json(folders.sandbox / "credentials.json")
    store = {"code": STORE, "name": STORE_NAME, "hosts": [], "isDefault": True, **account}
    return write_private_json(folders.data / "store.json", store)
