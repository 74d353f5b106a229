"""Everything the database holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from src.models.access_tokens import AccessTokenRecord
from src.models.connection import database
from src.models.indexes import DOCUMENTS
from src.models.store_days import StoreDay

Contents = dict[str, list[dict[str, Any]]]


def contents() -> Contents:
    """Returns every document of every collection, sorted by id; not the counts of calls, which any call may write."""
    names = [document._get_collection_name() for document in DOCUMENTS if document is not StoreDay]
    return {name: sorted(database()[name].find(), key=lambda found: str(found["_id"])) for name in names}


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Asserts that the block leaves the database as it was. A call to WeChat may renew the access token, though."""
    before = _of_the_shop()
    yield
    assert _of_the_shop() == before


def _of_the_shop() -> Contents:
    tokens = AccessTokenRecord._get_collection_name()
    return {name: documents for name, documents in contents().items() if name != tokens}
