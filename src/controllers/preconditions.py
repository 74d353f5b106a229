"""`If-Match`: an edit of what the caller has read, and of nothing newer."""

from __future__ import annotations

from flask import request

from src.services.catalogue.catalog import ProductView

HEADER = "If-Match"


def etag_of(view: ProductView) -> dict[str, str]:
    """Returns the header that a product's staff answer to an edit with."""
    return {"ETag": f'"{view.product.version}"'}


def expected_versions() -> frozenset[str] | None:
    """Returns the versions that the request names; None if any will do.

    A tag that a proxy made weak while it compressed the answer still names its version.
    """
    if HEADER not in request.headers or request.if_match.star_tag:
        return None
    return frozenset(request.if_match.as_set(include_weak=True))
