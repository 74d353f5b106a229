"""`flask demo`: something to see in an empty shop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO

import click

from src.commands.failures import OperatorCommands
from src.commands.json_input import load, parse
from src.controllers.schemas.categories import CategoryIn
from src.controllers.schemas.product_forms import ProductIn
from src.controllers.schemas.stores import StoreIn
from src.middleware.context import services
from src.models.stores import Store
from src.services.demo import DemoBrand, DemoCategory, DemoGoods, DemoProduct
from src.utils.errors import NotFound
from src.utils.permissions import Role

demo = OperatorCommands("demo", help="Demo data.")


@demo.command("load")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--account",
    type=click.File("r", encoding="utf-8"),
    help="WeChat account of the store, to make it if there is none.",
)
@click.option(
    "--password-file", type=click.File("r", encoding="utf-8"), help="Password of its staff; who is missing is made."
)
def load_demo(folder: Path, account: TextIO | None, password_file: TextIO | None) -> None:
    """Fill the store that FOLDER describes, if it never had a product. What is there already stays as it is."""
    facts = read(folder / "store.json")
    members = {one["username"]: Role(one["role"]) for one in facts.pop("staff")}
    store = _store(facts, account)
    hired = services().demo.hire(store, members, password_file.read().strip("\r\n")) if password_file else 0
    created = _fill(store, folder) if services().demo.is_empty(store.id) else 0
    click.echo(f"store {store.code}: {created} new products, {hired} new accounts")


def _store(facts: dict[str, Any], account: TextIO | None) -> Store:
    stores = services().stores
    identity = parse(account) if account else None
    try:
        store = stores.current(facts["code"])
    except NotFound:
        if identity is None:
            raise
        values = load(StoreIn(), {**facts, **identity})
        named = {name: values.pop(name) for name in ("name", "hosts", "is_default")}
        return stores.save(values.pop("code"), values, **named)
    if identity and (store.appid, store.mchid) != (identity["appid"], identity["mchid"]):
        raise click.ClickException(f"store {store.code} has another WeChat account than {account and account.name}")
    return store


def _fill(store: Store, folder: Path) -> int:
    pictures = {path.name: path.read_bytes() for path in sorted((folder / "pictures").iterdir())}
    goods = demo_goods(folder, services().demo.keep_pictures(store.id, pictures))
    services().demo.fill(store.id, goods)
    return len(goods.products)


def demo_goods(folder: Path, addresses: dict[str, str]) -> DemoGoods:
    """Returns what FOLDER has for the store; `addresses` are where its pictures are, by their file names."""
    categories, brands, catalogue = (
        with_addresses(read(folder / f"{name}.json"), addresses) for name in ("categories", "brands", "catalogue")
    )
    return DemoGoods(
        categories=_categories(categories),
        brands=[DemoBrand(**one) for one in brands],
        products=[_product(one) for one in catalogue],
    )


def with_addresses(raw: Any, addresses: dict[str, str]) -> Any:
    """Returns `raw` with the address in place of each file name of a picture."""
    if isinstance(raw, dict):
        return {name: with_addresses(value, addresses) for name, value in raw.items()}
    if isinstance(raw, list):
        return [with_addresses(value, addresses) for value in raw]
    return addresses.get(raw, raw) if isinstance(raw, str) else raw


def _categories(raw: list[dict[str, Any]]) -> list[DemoCategory]:
    return [DemoCategory(_category(one), _categories(one.get("children", []))) for one in raw]


def _category(raw: dict[str, Any]) -> Any:
    return load(CategoryIn(), {name: value for name, value in raw.items() if name != "children"})


def _product(raw: dict[str, Any]) -> DemoProduct:
    return DemoProduct(load(ProductIn(), {k: v for k, v in raw.items() if k != "brand"}), raw.get("brand", ""))


def read(path: Path) -> Any:
    """Returns the JSON of a file of the demo."""
    return json.loads(path.read_text("utf-8"))
