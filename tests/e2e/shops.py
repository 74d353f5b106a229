"""The demo's stores, as those who shop and work there know them."""

from __future__ import annotations

from pathlib import Path

from ecosystem.journey.stage import Shop
from ecosystem.run.demo import demo_stores
from ecosystem.run.folders import Folders

PASSWORD = "correct horse battery"
STORES = demo_stores(Folders(Path(__file__).resolve().parents[2]))


def shop_at(api: str, sandbox: str) -> Shop:
    """Returns the default store."""
    first, second = STORES
    return Shop(api, sandbox, first.code, first.staff, PASSWORD, other_store=second.code)


def second_shop_at(api: str, sandbox: str, appid: str) -> Shop:
    """Returns the store that has a mini-program of its own."""
    first, second = STORES
    return Shop(api, sandbox, second.code, second.staff, PASSWORD, appid, other_store=first.code)
