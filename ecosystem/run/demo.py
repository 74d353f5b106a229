"""The demo stores: the flask commands that make them, and the files they read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecosystem.journey.calling import Caller
from ecosystem.run.development_secrets import DevelopmentSecrets
from ecosystem.run.folders import Folders, read_json, write_private, write_private_json

# The first one is the default store, and the one of the journey.
_NAMES = ("grocery", "tea")


@dataclass(frozen=True)
class DemoStore:
    """One store of the demo. `staff` are user names by role."""

    folder: Path
    code: str
    name: str
    staff: dict[str, str]


def demo_stores(folders: Folders) -> list[DemoStore]:
    """Return the stores, the default one first."""
    return [_read(folders.checkout / "ecosystem" / "demo" / name) for name in _NAMES]


def accounts_of(stores: Sequence[DemoStore], folders: Folders, sandbox: str) -> list[Path]:
    """Return the file of each store's WeChat account: the sandbox's first one, then one made for each further store."""
    first, *further = stores
    return [folders.sandbox / "credentials.json", *(_own_account(store, folders, sandbox) for store in further)]


def data_commands(
    stores: Sequence[DemoStore], accounts: Sequence[Path], folders: Folders, secrets: DevelopmentSecrets
) -> list[list[str]]:
    """Return the commands that bring the database to where the shop can be opened; all of them may be repeated."""
    password = write_private(folders.data / "staff-password", secrets.staff_password)
    return [
        ["indexes", "ensure"],
        # What an earlier release has left in .data.
        ["indexes", "fill"],
        *(
            ["demo", "load", str(store.folder), "--account", str(account), "--password-file", str(password)]
            for store, account in zip(stores, accounts, strict=True)
        ),
    ]


def _own_account(store: DemoStore, folders: Folders, sandbox: str) -> Path:
    path = folders.data / f"account-{store.code}.json"
    if not read_json(path):
        made: dict[str, Any] = Caller(sandbox).send("POST", "/__sandbox__/accounts", {}, expect=201)
        write_private_json(path, made)
    return path


def _read(folder: Path) -> DemoStore:
    facts = read_json(folder / "store.json")
    staff = {member["role"]: member["username"] for member in facts["staff"]}
    return DemoStore(folder, facts["code"], facts["name"], staff)
