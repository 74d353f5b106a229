"""What is in the parcels of an order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bson import ObjectId

from src.models.orders import Order
from src.models.parcels import ParcelLine, Shipment
from src.services.wechat.shipping import MAX_PARCELS
from src.utils.errors import BadRequest, NotFound


@dataclass(frozen=True)
class ParcelItem:
    """Units of one line of the order."""

    order_item_id: ObjectId
    quantity: int


@dataclass(frozen=True)
class ParcelInput:
    """One parcel. Any company is taken; WeChat follows those of its own list, by their ids.

    Without `items` nobody says what is in it.
    """

    company: str
    tracking_no: str
    items: Sequence[ParcelItem] = ()


def sent_with(order: Order, parcels: Sequence[ParcelInput]) -> tuple[list[Shipment], bool]:
    """Returns all parcels of a paid order once these have left too, and whether units are yet to leave.

    Parcels that do not name their items take all that is left.

    Raises:
        NotFound: the order has no such line. BadRequest: there is less to send, or too many parcels.
    """
    if len(order.parcels) + len(parcels) > MAX_PARCELS:
        raise BadRequest.for_field("parcels", f"An order has at most {MAX_PARCELS} parcels.")
    left = {line: units for line, units in order.units_to_send.items() if units}
    _refuse_nothing(order, parcels, left)
    if not any(parcel.items for parcel in parcels):
        return [*order.parcels, *_with_the_rest(order, parcels, left)], False
    refuse_beyond(order, parcels, order.units_to_send)
    rest = Counter(left) - _units_in(parcels)
    return [*order.parcels, *map(stored_parcel, parcels)], bool(rest)


def refuse_beyond(order: Order, parcels: Sequence[ParcelInput], most: Mapping[ObjectId, int]) -> None:
    """Raises NotFound or BadRequest if there is more of a line in the parcels than `most` says."""
    for line, units in _units_in(parcels).items():
        if line not in most:
            raise NotFound()
        if units > most[line]:
            raise BadRequest.for_field("parcels", f"Of {line} there are {most[line]} units to send.")


def stored_parcel(parcel: ParcelInput) -> Shipment:
    items = [ParcelLine(sku_id=item.order_item_id, quantity=item.quantity) for item in parcel.items]
    return Shipment(company=parcel.company, tracking_no=parcel.tracking_no, items=items)


def _refuse_nothing(order: Order, parcels: Sequence[ParcelInput], left: Mapping[ObjectId, int]) -> None:
    """No parcel ends an order of which nothing is left to send, and nothing else."""
    ends_the_order = order.is_partly_sent and not left
    if not parcels and not ends_the_order:
        raise BadRequest.for_field("parcels", "At least one.")
    if parcels and ends_the_order:
        raise BadRequest.for_field("parcels", "Nothing is left to send.")


def _with_the_rest(order: Order, parcels: Sequence[ParcelInput], left: Mapping[ObjectId, int]) -> list[Shipment]:
    """Of several parcels nobody knows which has what; a single one has all that the earlier ones had not."""
    sent = list(map(stored_parcel, parcels))
    if order.is_partly_sent and len(sent) == 1:
        sent[0].items = [ParcelLine(sku_id=line, quantity=units) for line, units in left.items()]
    return sent


def _units_in(parcels: Sequence[ParcelInput]) -> Counter[ObjectId]:
    units: Counter[ObjectId] = Counter()
    for parcel in parcels:
        for item in parcel.items:
            units[item.order_item_id] += item.quantity
    return units
