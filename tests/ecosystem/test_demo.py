"""The demo catalogue."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from src.commands.demo import demo_categories
from src.controllers.schemas.product_forms import ProductIn
from src.services.demo import DemoCategory

DEMO = Path(__file__).resolve().parents[2] / "ecosystem" / "demo"
CATALOGUE: list[dict[str, Any]] = json.loads((DEMO / "catalogue.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("product", CATALOGUE, ids=[product["name"] for product in CATALOGUE])
def test_a_product_is_one_that_the_api_takes(product: dict[str, Any]) -> None:
    assert ProductIn().validate(product) == {}


def test_the_categories_are_some_that_the_api_takes_and_products_are_in_them() -> None:
    def names(categories: Sequence[DemoCategory]) -> set[str]:
        return {one.category.name for one in categories}.union(*(names(one.children) for one in categories))

    tree = demo_categories(json.loads((DEMO / "categories.json").read_text(encoding="utf-8")))
    assert {product["category"] for product in CATALOGUE} < names(tree)
    assert max(len(one.children) for one in tree) > 1


def test_each_product_has_a_picture_and_each_picture_a_product() -> None:
    named = {Path(image).name for product in CATALOGUE for image in product["images"]}
    assert named == {path.name for path in (DEMO / "pictures").iterdir()}


@pytest.mark.parametrize("path", sorted((DEMO / "pictures").iterdir()), ids=lambda path: path.name)
def test_a_picture_draws_and_does_nothing_else(path: Path) -> None:
    tags = {re.sub(r"\{.*\}", "", element.tag) for element in ElementTree.parse(path).iter()}
    assert tags <= {"svg", "g", "path", "rect", "circle", "ellipse"}
