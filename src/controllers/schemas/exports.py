"""Shapes of exports."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import Id, Integer, Moment, Token
from src.controllers.schemas.jobs import JobProgressOut
from src.controllers.schemas.periods import Period
from src.controllers.schemas.products import LISTED
from src.services.stock.overview import MoveKind
from src.utils.order_states import OrderStatus
from src.utils.sheet_kinds import ExportKind, ExportState, SheetFormat

MOVE_KINDS = [kind.value for kind in MoveKind]
_PERIOD = frozenset({"from", "to"})
_FILTERS: dict[ExportKind, frozenset[str]] = {
    ExportKind.PRODUCTS: frozenset({"status", "categoryId"}),
    ExportKind.ORDERS: _PERIOD | {"status"},
    ExportKind.STOCK_MOVES: _PERIOD | {"skuId", "moveKind"},
    ExportKind.RECONCILIATIONS: _PERIOD,
}
_STATUSES = {
    ExportKind.PRODUCTS: LISTED,
    ExportKind.ORDERS: [status.value for status in OrderStatus],
}


class ExportFiltersIn(Period):
    """Which of them: of products `status` and `categoryId`, of orders `status`, of moves `skuId` and `moveKind`.

    Of reconciliations the day counts in the period.
    """

    status = Token(
        metadata={
            "enum": sorted({status for of_kind in _STATUSES.values() for status in of_kind}),
            "example": "paid",
            "description": "Of a product or of an order.",
        }
    )
    category_id = Id(metadata={"description": "Its descendants count as well."})
    sku_id = Id()
    move_kind = Token(metadata={"enum": MOVE_KINDS, "example": MOVE_KINDS[0]})

    @validates_schema
    def move_kind_is_known(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("move_kind", MOVE_KINDS[0]) not in MOVE_KINDS:
            raise ValidationError(f"Must be one of: {', '.join(MOVE_KINDS)}.", "moveKind")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, str]:
        """Returns the filters as they are stored: texts by the names of this API."""
        named = {"category_id": "categoryId", "sku_id": "skuId", "move_kind": "moveKind"}
        plain = {named.get(name, name): str(data[name]) for name in ("status", *named) if name in data}
        times = {name: data[key].isoformat() for name, key in (("from", "since"), ("to", "until")) if key in data}
        return {**plain, **times}


class ExportIn(RequestSchema):
    kind = fields.Enum(ExportKind, by_value=fields.String, required=True, metadata={"example": "orders"})
    written_as = fields.Enum(
        SheetFormat,
        by_value=fields.String,
        data_key="format",
        load_default=SheetFormat.XLSX,
        metadata={"example": "csv"},
    )
    filters = fields.Nested(ExportFiltersIn, load_default=dict, metadata={"example": {"status": "paid"}})

    @validates_schema
    def filters_fit(self, data: dict[str, Any], **kwargs: Any) -> None:
        kind, filters = data["kind"], data["filters"]
        unfit = sorted(filters.keys() - _FILTERS[kind])
        if unfit:
            raise ValidationError({"filters": {name: [f"Not of {kind.value}."] for name in unfit}})
        if "status" in filters and filters["status"] not in _STATUSES[kind]:
            raise ValidationError({"filters": {"status": [f"Must be one of: {', '.join(_STATUSES[kind])}."]}})


class ExportOut(ResponseSchema):
    id = Id(required=True)
    kind = fields.Enum(ExportKind, by_value=fields.String, required=True, metadata={"example": "orders"})
    format = fields.Enum(
        SheetFormat, by_value=fields.String, required=True, attribute="written_as", metadata={"example": "csv"}
    )
    filters = fields.Dict(keys=fields.String(), values=fields.String(), required=True, metadata={"example": {}})
    state = fields.Enum(ExportState, by_value=fields.String, required=True, metadata={"example": "ready"})
    reason = fields.String(
        required=True, metadata={"example": "", "description": "Why it has failed; `too_much`: narrow the filters."}
    )
    progress = fields.Nested(JobProgressOut, required=True)
    size = Integer(required=True, metadata={"example": 20_480, "description": "Bytes, once it is ready."})
    file = fields.Method("address", required=True, allow_none=True, metadata={"type": "string"})
    created_at = Moment(required=True)
    finished_at = Moment(required=True, allow_none=True)
    expires_at = Moment(required=True, metadata={"description": "When the file is deleted."})

    def address(self, export: Any) -> str | None:
        """Where the file is, for staff alone."""
        return f"/api/merchant/exports/{export.id}/file" if export.state is ExportState.READY else None
