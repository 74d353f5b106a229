"""How much of a product one order may have, and one shopper may buy in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bson import ObjectId

from src.models.order_parts import OrderLine
from src.models.orders import Order
from src.models.products import Product
from src.models.purchases import PurchaseTurn, units_bought
from src.models.transaction import Session
from src.utils.errors import PurchaseLimitReached

Products = Mapping[ObjectId, Product]


def refuse_large_order(products: Products, lines: Sequence[OrderLine]) -> None:
    """Raises PurchaseLimitReached if there is more of a product than one order may have."""
    limits = _limits(products, "per_order")
    wanted = _units(lines)
    beyond = [_refusal(products[one], limits[one], wanted[one], 0) for one in limits if wanted[one] > limits[one]]
    if beyond:
        raise PurchaseLimitReached({"items": beyond})


def refuse_too_much_in_all(products: Products, order: Order, *, session: Session) -> None:
    """Refuses an order with which its shopper would have bought more than one may.

    What the shopper has ordered counts, unless it was cancelled. Of orders placed at one moment each counts those
    before it.

    Raises:
        PurchaseLimitReached: the transaction must not commit.
    """
    if _limits(products, "per_user"):
        PurchaseTurn.take(order.store_id, order.user_id, session=session)
        refuse_more_than_allowed(products, order.store_id, order.user_id, order.items, session=session)


def refuse_more_than_allowed(
    products: Products, store_id: ObjectId, user_id: ObjectId, lines: Sequence[OrderLine], *, session: Session | None
) -> None:
    """Raises PurchaseLimitReached if the shopper would now have bought more than one may."""
    limits = _limits(products, "per_user")
    bought = units_bought(store_id, user_id, list(limits), session=session) if limits else {}
    wanted = _units(lines)
    beyond = [
        _refusal(products[one], limit, wanted[one], bought.get(one, 0))
        for one, limit in limits.items()
        if bought.get(one, 0) + wanted[one] > limit
    ]
    if beyond:
        raise PurchaseLimitReached({"items": beyond})


def _limits(products: Products, kind: str) -> dict[ObjectId, int]:
    limits = {product.id: getattr(product.purchase_limit, kind, None) for product in products.values()}
    return {product_id: limit for product_id, limit in limits.items() if limit is not None}


def _units(lines: Sequence[OrderLine]) -> Counter[ObjectId]:
    units: Counter[ObjectId] = Counter()
    for line in lines:
        units[line.product_id] += line.quantity
    return units


def _refusal(product: Product, limit: int, requested: int, bought: int) -> dict[str, Any]:
    return {
        "productId": str(product.id),
        "name": product.name,
        "limit": limit,
        "requested": requested,
        "bought": bought,
    }
