"""Pictures of one store are not shown by another: its sweep would not know, and delete them."""

from __future__ import annotations

from collections.abc import Iterable

from bson import ObjectId

from src.utils.errors import BadRequest
from src.utils.picture_addresses import store_named_in


def require_own(store_id: ObjectId, **addresses: Iterable[str]) -> None:
    """Refuses pictures on this server that are another store's; each field's addresses come under its name.

    Raises:
        BadRequest.
    """
    for field, shown in addresses.items():
        if any(store_named_in(address) not in (None, store_id) for address in shown):
            raise BadRequest.for_field(field, "A picture of another store.")
