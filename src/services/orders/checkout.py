"""Placing an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bson import ObjectId

from src.models.order_parts import Address, OrderLine, StatusChange
from src.models.order_search import search_keys
from src.models.orders import Order
from src.models.products import Product, Sku
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.accounts.callers import Shopper
from src.services.events import record_order_event
from src.services.idempotency import RequestIdentity
from src.services.orders.freight import freight_to
from src.services.orders.purchase_limits import refuse_large_order, refuse_more_than_allowed, refuse_too_much_in_all
from src.services.orders.quotes import Quote
from src.services.orders.unpaid_limit import refuse_one_more_unpaid, refuse_too_many_unpaid
from src.services.stock.inventory import Inventory
from src.services.stores.times import StoreTimes
from src.utils.clock import Clock
from src.utils.errors import BadRequest, IdempotencyKeyReused, NotFound, OutOfStock
from src.utils.ids import new_order_no
from src.utils.metrics import ORDERS_PLACED
from src.utils.order_states import OrderStatus

MAX_TOTAL_FEN = 1_000_000_000
MAX_QUANTITY = 999
MAX_LINES = 50

Products = Mapping[ObjectId, Product]


@dataclass(frozen=True)
class WantedItem:
    """One line of a request. Without `sku_id` the product must have a single SKU."""

    product_id: ObjectId
    quantity: int
    sku_id: ObjectId | None = None


@dataclass(frozen=True)
class PlaceOrder:
    items: Sequence[WantedItem]
    address: dict[str, str]
    note: str = ""


@dataclass(frozen=True)
class _Request:
    """Who wants what; unpaid, the order lives for `ttl`."""

    shopper: Shopper
    wanted: PlaceOrder
    identity: RequestIdentity | None
    ttl: timedelta


class Checkout:
    """Turns wanted items into an order with its stock reserved, or into nothing."""

    def __init__(
        self, *, transactions: Transactions, inventory: Inventory, clock: Clock, times: StoreTimes, most_unpaid: int
    ) -> None:
        self._transactions = transactions
        self._inventory = inventory
        self._clock = clock
        self._times = times
        self._most_unpaid = most_unpaid

    def place_order(self, shopper: Shopper, wanted: PlaceOrder, identity: RequestIdentity | None) -> Order:
        """Returns the new order; with an `identity` that made one before, that order.

        One transaction reserves all lines, stores the order with its prices, its ledger rows and its event.

        Raises:
            NotFound: a product or SKU is not on sale in this store. BadRequest: no SKU was chosen, too many units,
            or too much money. NotDelivered: not to that province. PurchaseLimitReached. TooManyUnpaidOrders.
            OutOfStock: naming each short line. IdempotencyKeyReused.
        """
        if identity and (existing := self._order_of(shopper, identity)):
            return existing
        products, lines = _on_sale(shopper.store_id, wanted.items, session=None)
        self._refuse_sold_out(shopper.store_id, products, lines)
        request = _Request(shopper, wanted, identity, self._times.order_ttl(shopper.store_id))
        return self._place(request, [line.sku_id for line in lines])

    def quote(self, shopper: Shopper, items: Sequence[WantedItem], address: Mapping[str, str] | None) -> Quote:
        """Returns what these items would cost if they were ordered now; nothing is written or kept for anybody.

        Raises:
            What `place_order` does, if it would.
        """
        store_id, user_id = shopper.store_id, shopper.user_id
        products, lines = _on_sale(store_id, items, session=None)
        freight = _freight_of(store_id, address, lines, session=None) if address else None
        refuse_one_more_unpaid(store_id, user_id, self._most_unpaid, session=None)
        refuse_more_than_allowed(products, store_id, user_id, lines, session=None)
        if short := self._inventory.shortages(store_id, lines):
            raise OutOfStock({"items": short})
        return Quote(lines, freight)

    def _place(self, request: _Request, sku_ids: Sequence[ObjectId]) -> Order:
        shopper, identity = request.shopper, request.identity
        try:
            placed = self._transactions.run(partial(self._store, request), contended=[shopper.user_id, *sku_ids])
        except AlreadyStored:  # the same request has been faster
            winner = self._order_of(shopper, identity) if identity else None
            if winner is None:
                raise
            return winner
        ORDERS_PLACED.inc()
        return placed

    def _store(self, request: _Request, session: Session) -> Order:
        # Read again: an edit that was answered before this transaction began counts, however long it waited.
        products, lines = _on_sale(request.shopper.store_id, request.wanted.items, session=session)
        freight = _freight_of(request.shopper.store_id, request.wanted.address, lines, session=session)
        order = self._build(request, lines, freight)
        refuse_too_many_unpaid(order, self._most_unpaid, session=session)
        refuse_too_much_in_all(products, order, session=session)
        self._inventory.reserve(order, session=session)
        order.insert(session=session)
        record_order_event(order, session=session)
        return order

    def _refuse_sold_out(self, store_id: ObjectId, products: Products, lines: list[OrderLine]) -> None:
        """Spares a sold-out rush a transaction each; the guarded update inside decides."""
        is_sold_out = any(line.sku_id in products[line.product_id].sold_out_skus for line in lines)
        if is_sold_out and (short := self._inventory.shortages(store_id, lines)):
            raise OutOfStock({"items": short})

    def _order_of(self, shopper: Shopper, identity: RequestIdentity) -> Order | None:
        order = Order.find_by_idempotency_key(shopper.user_id, identity.key)
        if order is not None and order.request_fingerprint != identity.fingerprint:
            raise IdempotencyKeyReused()
        return order

    def _build(self, request: _Request, lines: list[OrderLine], freight: int) -> Order:
        shopper, wanted, identity = request.shopper, request.wanted, request.identity
        now = self._clock.now()
        expires_at = now + request.ttl
        placed = StatusChange(seq=1, target=OrderStatus.PENDING, actor=shopper.subject, at=now)
        order = Order(
            id=ObjectId(),
            store_id=shopper.store_id,
            user_id=shopper.user_id,
            order_no=new_order_no(now),
            status=OrderStatus.PENDING,
            items=lines,
            freight_amount=freight,
            total_amount=sum(line.amount for line in lines) + freight,
            address=Address(**wanted.address),
            note=wanted.note,
            history=[placed],
            payment_attempts=0,
            idempotency_key=identity.key if identity else None,
            request_fingerprint=identity.fingerprint if identity else None,
            expires_at=expires_at,
            expiry_due_at=expires_at,
            created_at=now,
            updated_at=now,
        )
        order.search_keys = search_keys(order)
        return order


def _on_sale(
    store_id: ObjectId, items: Sequence[WantedItem], *, session: Session | None
) -> tuple[Products, list[OrderLine]]:
    """Returns the products and the lines of an order of them. Raises what `place_order` does of products."""
    found = Product.list_on_sale_by_ids(store_id, list({item.product_id for item in items}), session=session)
    products = {product.id: product for product in found}
    lines = _priced_lines(products, items)
    refuse_large_order(products, lines)
    return products, lines


def _freight_of(
    store_id: ObjectId, address: Mapping[str, str], lines: Sequence[OrderLine], *, session: Session | None
) -> int:
    """Raises NotDelivered, or BadRequest if goods and freight are too much money."""
    goods = sum(line.amount for line in lines)
    freight = freight_to(store_id, address["province"], goods, session=session)
    _refuse_too_much_money(goods + freight)
    return freight


def _priced_lines(products: Products, items: Sequence[WantedItem]) -> list[OrderLine]:
    lines: dict[ObjectId, OrderLine] = {}
    for index, item in enumerate(items):
        product = products.get(item.product_id)
        if product is None:
            raise NotFound({"item": index})
        sku = _chosen_sku(product, item, index)
        already = lines[sku.id].quantity if sku.id in lines else 0
        lines[sku.id] = _line(product, sku, already + item.quantity, index)
    _refuse_too_much_money(sum(line.amount for line in lines.values()))
    return list(lines.values())


def _refuse_too_much_money(fen: int) -> None:
    if fen > MAX_TOTAL_FEN:
        raise BadRequest.for_field("items", f"An order's amount is at most {MAX_TOTAL_FEN} fen.")


def _chosen_sku(product: Product, item: WantedItem, index: int) -> Sku:
    active = product.active_skus
    if item.sku_id is None:
        if len(active) != 1:
            raise BadRequest.for_field(f"items.{index}.skuId", "The product has several SKUs; choose one.")
        return active[0]
    for sku in active:
        if sku.id == item.sku_id:
            return sku
    raise NotFound({"item": index})


def _line(product: Product, sku: Sku, quantity: int, index: int) -> OrderLine:
    if quantity > MAX_QUANTITY:
        raise BadRequest.for_field(f"items.{index}.quantity", f"At most {MAX_QUANTITY} units of one SKU.")
    image = sku.image or (product.images[0] if product.images else "")
    return OrderLine(
        product_id=product.id,
        sku_id=sku.id,
        category_id=product.category_id,
        name=product.name,
        specs=sku.specs,
        image=image,
        price=sku.price,
        quantity=quantity,
        amount=sku.price * quantity,
    )
