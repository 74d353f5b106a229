"""Everything the database holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from src.models.access_tokens import AccessTokenRecord
from src.models.api_keys import ApiKey
from src.models.connection import database
from src.models.indexes import DOCUMENTS
from src.models.platform_keys import PlatformKey
from src.models.store_days import StoreDay

Contents = dict[str, list[dict[str, Any]]]


def contents() -> Contents:
    """Returns every document of every collection, sorted by id; not the counts of calls, which any call may write."""
    names = [document._get_collection_name() for document in DOCUMENTS if document is not StoreDay]
    return {name: sorted(database()[name].find(), key=lambda found: str(found["_id"])) for name in names}


def forget_everything() -> None:
    """Empties every collection."""
    for document in DOCUMENTS:
        database()[document._get_collection_name()].delete_many({})


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Asserts that the block leaves the database as it was.

    A call to WeChat may renew the access token, though, and the use of a key is noted now and then.
    """
    before = _of_the_shop()
    yield
    after = _of_the_shop()
    changed = {name: [each for each in after[name] if each not in rows] for name, rows in before.items()}
    assert after == before, {name: rows for name, rows in changed.items() if rows}


def _of_the_shop() -> Contents:
    tokens = AccessTokenRecord._get_collection_name()
    found = {name: documents for name, documents in contents().items() if name != tokens}
    for key in [*found[ApiKey._get_collection_name()], *found[PlatformKey._get_collection_name()]]:
        key.pop("last_used_at", None)
    return found
