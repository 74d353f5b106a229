"""Stock as staff see and move it."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.stock import (
    MovesOfSkuQuery,
    StockChangeIn,
    StockCountIn,
    StockLevelOut,
    StockLevelPageOut,
    StockMovePageOut,
    StockMoveQuery,
    StockOut,
    StockQuery,
    StockReceiptIn,
    StockThresholdIn,
    StockWriteOffIn,
)
from src.middleware.context import services, staff_member
from src.middleware.idempotency import idempotent
from src.utils.errors import NotFound, StockChanged

reading = Blueprint("stock_overview", __name__, url_prefix="/api/merchant", description="Stock")
moving = Blueprint("stock", __name__, url_prefix="/api/merchant/skus", description="Stock")


@reading.route("/stock")
class StockLevelsView(MethodView):
    @reading.operation("listStock")
    @reading.arguments(StockQuery, location="query")
    @reading.response(200, StockLevelPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List what is in stock, SKUs of the newest products first

        With `low` the lowest come first. Those that cannot be sold any more are left out.
        """
        return services().stock_overview.list_levels(staff_member(), query.pop("page"), **query)


@reading.route("/stock-movements")
class StockMovesView(MethodView):
    @reading.operation("listStockMovements")
    @reading.arguments(StockMoveQuery, location="query")
    @reading.response(200, StockMovePageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List how stock moved, the newest first

        In pages, of one SKU, kind or period if they are given. Each says why it moved and who moved it.
        """
        return services().stock_overview.list_moves(staff_member(), **query)


@reading.route("/skus/<id:sku_id>/movements")
class SkuMovesView(MethodView):
    @reading.operation("listMovementsOfSku", NotFound)
    @reading.arguments(MovesOfSkuQuery, location="query")
    @reading.response(200, StockMovePageOut)
    def get(self, query: dict[str, Any], sku_id: ObjectId) -> Any:
        """List how the stock of a SKU moved, the newest first

        In pages. Each says why it moved and who moved it.
        """
        return services().stock_overview.moves_of(staff_member(), sku_id, query["page"])


@moving.route("/<id:sku_id>/stock")
class StockView(MethodView):
    @idempotent
    @moving.operation("adjustStock", NotFound, StockChanged, idempotent=True)
    @moving.arguments(StockChangeIn)
    @moving.response(200, StockOut)
    def post(self, body: dict[str, Any], sku_id: ObjectId) -> Any:
        """Add to or take from the stock of a SKU

        `delta` may be negative, down to what is available. With `expected`, nothing changes if something else is
        available.
        """
        return services().stock_keeping.adjust(staff_member(), sku_id, body.pop("delta"), **body)

    @moving.operation("setStock", NotFound, StockChanged)
    @moving.arguments(StockCountIn)
    @moving.response(200, StockOut)
    def put(self, body: dict[str, Any], sku_id: ObjectId) -> Any:
        """Set what is available of a SKU after it was counted

        What was sold or received since refuses it: read the stock again and count the difference.
        """
        return services().stock_keeping.set_to(staff_member(), sku_id, body.pop("available"), **body)


@moving.route("/<id:sku_id>/receive")
class StockReceiptView(MethodView):
    @idempotent
    @moving.operation("receiveStock", NotFound, StockChanged, idempotent=True)
    @moving.arguments(StockReceiptIn)
    @moving.response(200, StockOut)
    def post(self, body: dict[str, Any], sku_id: ObjectId) -> Any:
        """Receive goods

        The units are for sale at once; `reference` is that of the delivery note. With `expected`, nothing changes if
        something else is available.
        """
        return services().stock_keeping.receive(staff_member(), sku_id, body.pop("quantity"), **body)


@moving.route("/<id:sku_id>/write-off")
class StockWriteOffView(MethodView):
    @idempotent
    @moving.operation("writeOffStock", NotFound, StockChanged, idempotent=True)
    @moving.arguments(StockWriteOffIn)
    @moving.response(200, StockOut)
    def post(self, body: dict[str, Any], sku_id: ObjectId) -> Any:
        """Write off goods that are lost or broken

        At most what is available: units in unpaid orders are promised. With `expected`, nothing changes if something
        else is available.
        """
        return services().stock_keeping.write_off(staff_member(), sku_id, body.pop("quantity"), **body)


@moving.route("/<id:sku_id>/low-stock-threshold")
class StockThresholdView(MethodView):
    @moving.operation("setLowStockThreshold", NotFound)
    @moving.arguments(StockThresholdIn)
    @moving.response(200, StockLevelOut)
    def put(self, body: dict[str, int | None], sku_id: ObjectId) -> Any:
        """Say when little is left of a SKU

        The event `stock.low` tells of each time when a SKU becomes low, by units that leave or by another threshold.
        """
        services().stock_keeping.set_threshold(staff_member(), sku_id, body["threshold"])
        return services().stock_overview.level(staff_member(), sku_id)
