"""What sending an order costs its shopper."""

from __future__ import annotations

from bson import ObjectId

from src.models.stores import Store
from src.models.transaction import Session
from src.utils.errors import NotDelivered, NotFound


def freight_to(store_id: ObjectId, province: str, goods_amount: int, *, session: Session | None) -> int:
    """Returns the freight in fen of goods for so many fen, by the store's settings as the transaction sees them.

    Raises:
        NotFound: the store is gone. NotDelivered: it does not deliver to that province.
    """
    store = Store.find_by_id(store_id, session=session)
    if store is None:
        raise NotFound()
    fee = store.freight.fee_to(province)
    if fee is None:
        raise NotDelivered({"province": province})
    free_from = store.freight.free_from
    return 0 if free_from is not None and goods_amount >= free_from else fee
