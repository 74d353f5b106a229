"""`flask demo`: something to see in an empty shop."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import click
from flask import current_app

from src.commands.failures import OperatorCommands
from src.commands.json_input import load
from src.controllers.schemas.categories import CategoryIn
from src.controllers.schemas.product_forms import ProductIn
from src.middleware.context import services
from src.services.demo import DemoCategory

demo = OperatorCommands("demo", help="Demo data.")


@demo.command("load")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default="ecosystem/demo")
def load_demo(folder: Path) -> None:
    """Fill the default store with the catalogue and the pictures of FOLDER, if it has no products."""
    products = [load(ProductIn(), raw) for raw in json.loads((folder / "catalogue.json").read_text("utf-8"))]
    store = services().stores.resolve(code=None, host="")
    categories = demo_categories(json.loads((folder / "categories.json").read_text("utf-8")))
    created = services().demo.load(store.id, categories, products)
    media = Path(current_app.config["MEDIA_DIR"]) / "demo"
    shutil.copytree(folder / "pictures", media, dirs_exist_ok=True)
    click.echo(f"created {created} products; pictures are in {media}")


def demo_categories(raw: list[dict[str, Any]]) -> list[DemoCategory]:
    """Returns the categories of a file, which nests them by `children`."""
    return [
        DemoCategory(
            load(CategoryIn(), {name: value for name, value in one.items() if name != "children"}),
            demo_categories(one.get("children", [])),
        )
        for one in raw
    ]
