"""What products show of their category and their brand."""

from __future__ import annotations

from typing import Any

from src.models.brands import Brand
from src.models.categories import Category
from src.models.transaction import Session

Values = dict[str, Any]


def shown_by_category(category: Category, *, session: Session) -> Values:
    """Returns what the category's products say of it. `category_hidden` is True or not there."""
    hidden = Category.is_any_hidden(category.store_id, category.path, session=session)
    return {"category": category.name, "category_path": category.path, "category_hidden": hidden or None}


def shown_by_brand(brand: Brand) -> Values:
    """Returns what the brand's products say of it. `brand_hidden` is True or not there."""
    return {"brand": brand.name, "brand_hidden": None if brand.visible else True}
