"""What goods cost before: never less than they cost now."""

from __future__ import annotations

from src.utils.errors import BadRequest


def beside(price: int, original: int | None, *, before: int | None) -> int | None:
    """Returns the original price that is shown beside `price`; all in fen.

    The one that was there `before` goes away once the price has risen above it.

    Raises:
        BadRequest: a new one is below the price.
    """
    if original is None or original >= price:
        return original
    if original == before:
        return None
    raise BadRequest.for_field("originalPrice", "Below the price.")
