"""Orders as rows: one for each line of an order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bson import ObjectId

from src.models.export_queries import Selection, select_orders
from src.models.order_parts import OrderLine
from src.models.order_search import OrderFilter
from src.models.orders import Order
from src.services.exports.contracts import Filters, KindOfExport, Place
from src.services.sheets.writing import Cell, yuan
from src.utils.order_states import OrderStatus
from src.utils.permissions import Permission

_TITLES = [
    ("订单号", "Order number"),
    ("状态", "Status"),
    ("下单时间", "Placed at"),
    ("支付时间", "Paid at"),
    ("发货时间", "Shipped at"),
    ("完成时间", "Completed at"),
    ("收货人", "Receiver"),
    ("电话", "Phone"),
    ("地址", "Address"),
    ("买家留言", "Note"),
    ("商家备注", "Staff note"),
    ("商品", "Product"),
    ("规格", "Specs"),
    ("单价（元）", "Price (yuan)"),
    ("数量", "Quantity"),
    ("小计（元）", "Amount (yuan)"),
    ("订单运费（元）", "Order freight (yuan)"),
    ("订单金额（元）", "Order total (yuan)"),
    ("订单已退（元）", "Order refunded (yuan)"),
    ("物流单号", "Tracking numbers"),
]

_STATUSES = {
    OrderStatus.PENDING: ("待付款", "pending"),
    OrderStatus.PAID: ("待发货", "paid"),
    OrderStatus.SHIPPED: ("已发货", "shipped"),
    OrderStatus.COMPLETED: ("已完成", "completed"),
    OrderStatus.CANCELLED: ("已取消", "cancelled"),
}


def select(store_id: ObjectId, filters: Filters) -> Selection[Order]:
    status = filters.get("status")
    since, until = moment(filters.get("from")), moment(filters.get("to"))
    return select_orders(store_id, OrderFilter([OrderStatus(status)] if status else [], since=since, until=until))


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def rows(place: Place, orders: Iterator[Order]) -> Iterator[Sequence[Cell]]:
    for order in orders:
        for line in order.items:
            yield [*_of_order(place, order), *_of_line(line), *_money_and_parcels(order)]


def _of_order(place: Place, order: Order) -> list[Cell]:
    address = order.address
    times = (order.created_at, order.paid_at, order.shipped_at, order.completed_at)
    return [
        order.order_no,
        place.named(_STATUSES[order.status]),
        *map(place.time, times),
        address.name,
        address.phone,
        f"{address.province}{address.city}{address.district}{address.detail}",
        order.note,
        order.staff_note,
    ]


def _of_line(line: OrderLine) -> list[Cell]:
    specs = ";".join(f"{name}:{value}" for name, value in line.specs.items())
    return [line.name, specs, yuan(line.price), int(line.quantity), yuan(line.amount)]


def _money_and_parcels(order: Order) -> list[Cell]:
    numbers = " ".join(parcel.tracking_no for parcel in order.shipped_parcels)
    return [yuan(order.freight_amount), yuan(order.total_amount), yuan(order.refunded_amount), numbers]


ORDERS = KindOfExport(_TITLES, select, rows, Permission.ORDERS_READ)
