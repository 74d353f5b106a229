"""Shapes of figures."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import DayIn, Id, Integer, Moment, QueryInteger
from src.controllers.schemas.stock import StockLevelOut
from src.services.statistics.attention import MOST_COUNTED
from src.services.statistics.rankings import MOST_DAYS as MOST_DAYS_RANKED
from src.services.statistics.rankings import Measure, WantedRanking
from src.services.statistics.reading import MOST_DAYS, MOST_DAYS_BY_HOUR, Step
from src.utils.figures import Metric
from src.utils.pages import MAX_SIZE

_ZONE = {"example": "Asia/Shanghai", "description": "In which days begin and end."}


class _DaysQuery(RequestSchema):
    first = DayIn(
        data_key="from", load_default=None, metadata={"description": "The first day, in the store's time zone."}
    )
    last = DayIn(data_key="to", load_default=None, metadata={"description": "The last day, included."})


class SeriesQuery(_DaysQuery):
    metric = fields.Enum(Metric, by_value=fields.String, required=True)
    step = fields.Enum(
        Step,
        by_value=fields.String,
        data_key="by",
        load_default=Step.DAY,
        metadata={"description": f"At most {MOST_DAYS} days, by hours {MOST_DAYS_BY_HOUR}."},
    )


class RankingQuery(_DaysQuery):
    measure = fields.Enum(
        Measure,
        by_value=fields.String,
        data_key="by",
        load_default=Measure.AMOUNT,
        metadata={"description": f"Units or fen that were paid for. At most {MOST_DAYS_RANKED} days."},
    )
    limit = QueryInteger(minimum=1, maximum=MAX_SIZE, load_default=10, metadata={"example": 10})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> WantedRanking:
        return WantedRanking(**data)


class AlertsQuery(RequestSchema):
    limit = QueryInteger(minimum=1, maximum=MAX_SIZE, load_default=10, metadata={"example": 10})


class PeriodOut(ResponseSchema):
    first = fields.Date(required=True, data_key="from", attribute="days.first", metadata={"example": "2026-11-14"})
    last = fields.Date(required=True, data_key="to", attribute="days.last", metadata={"example": "2026-11-20"})
    orders = Integer(
        required=True, attribute="figures.orders", metadata={"example": 15, "description": "Placed, paid or not."}
    )
    paid_orders = Integer(
        required=True, attribute="figures.paid_orders", metadata={"example": 12, "description": "Whose money came."}
    )
    gmv = Integer(
        required=True,
        attribute="figures.gmv",
        metadata={"example": 46800, "description": "Fen that came for orders; refunds are not taken off."},
    )
    refunds = Integer(
        required=True, attribute="figures.refunds", metadata={"example": 1, "description": "That were paid back."}
    )
    refund_amount = Integer(
        required=True, attribute="figures.refund_amount", metadata={"example": 3900, "description": "Their fen."}
    )
    paying_users = Integer(required=True, metadata={"example": 10, "description": "Who paid, each counted once."})
    shoppers = Integer(required=True, metadata={"example": 13, "description": "Who placed an order or paid."})
    average_order = Integer(
        required=True,
        allow_none=True,
        metadata={"example": 3900, "description": "GMV per paid order in fen, rounded down; null if none was paid."},
    )
    conversion = fields.Float(
        required=True,
        allow_none=True,
        metadata={"example": 0.7692, "description": "payingUsers / shoppers to four places; null without shoppers."},
    )


class OverviewOut(ResponseSchema):
    time_zone = fields.String(required=True, metadata=_ZONE)
    at = Moment(required=True)
    today = fields.Nested(PeriodOut, required=True)
    yesterday = fields.Nested(PeriodOut, required=True)
    last_7_days = fields.Nested(PeriodOut, required=True, metadata={"description": "With today."})
    last_30_days = fields.Nested(PeriodOut, required=True, metadata={"description": "With today."})


class PointOut(ResponseSchema):
    at = Moment(required=True, metadata={"example": "2026-11-20T00:00:00.000+08:00"})
    value = Integer(required=True, metadata={"example": 12})


class SeriesOut(ResponseSchema):
    time_zone = fields.String(required=True, metadata=_ZONE)
    first = fields.Date(required=True, data_key="from", attribute="days.first", metadata={"example": "2026-11-20"})
    last = fields.Date(required=True, data_key="to", attribute="days.last", metadata={"example": "2026-11-20"})
    metric = fields.Enum(Metric, by_value=fields.String, required=True)
    step = fields.Enum(Step, by_value=fields.String, required=True, data_key="by")
    points = fields.List(
        fields.Nested(PointOut), required=True, metadata={"description": "One per step, also where it is 0."}
    )


class RankedProductOut(ResponseSchema):
    product_id = Id(required=True, attribute="id")
    name = fields.String(required=True, allow_none=True, metadata={"example": "高山乌龙茶", "description": "Of now."})
    image = fields.String(required=True, allow_none=True, metadata={"example": "/media/demo/puer.svg"})
    quantity = Integer(required=True, metadata={"example": 128, "description": "Units that were paid for."})
    amount = Integer(required=True, metadata={"example": 499200, "description": "Fen that were paid for them."})


class RankedCategoryOut(ResponseSchema):
    category_id = Id(
        required=True,
        allow_none=True,
        attribute="id",
        metadata={"description": "As the product was filed when it was bought; null for none."},
    )
    name = fields.String(required=True, allow_none=True, metadata={"example": "茶饮", "description": "Of now."})
    quantity = Integer(required=True, metadata={"example": 128, "description": "Units that were paid for."})
    amount = Integer(required=True, metadata={"example": 499200, "description": "Fen that were paid for them."})


class _RankingOut(ResponseSchema):
    time_zone = fields.String(required=True, metadata=_ZONE)
    first = fields.Date(required=True, data_key="from", attribute="days.first", metadata={"example": "2026-10-22"})
    last = fields.Date(required=True, data_key="to", attribute="days.last", metadata={"example": "2026-11-20"})


class ProductRankingOut(_RankingOut):
    items = fields.List(fields.Nested(RankedProductOut), required=True, data_key="list")


class CategoryRankingOut(_RankingOut):
    items = fields.List(fields.Nested(RankedCategoryOut), required=True, data_key="list")


class StockAlertsOut(ResponseSchema):
    sold_out = Integer(
        required=True, metadata={"example": 2, "description": f"SKUs of which none is left; at most {MOST_COUNTED}."}
    )
    low = Integer(
        required=True,
        metadata={
            "example": 7,
            "description": f"At or below their threshold, sold out or not; at most {MOST_COUNTED}.",
        },
    )
    lowest = fields.List(fields.Nested(StockLevelOut), required=True, data_key="list")


class OrderCountsOut(ResponseSchema):
    pending = Integer(required=True, metadata={"example": 3})
    paid = Integer(required=True, metadata={"example": 5})
    shipped = Integer(required=True, metadata={"example": 8})
    completed = Integer(required=True, metadata={"example": 120})
    cancelled = Integer(required=True, metadata={"example": 9})


class RefundCountsOut(ResponseSchema):
    requested = Integer(required=True, metadata={"example": 1})
    awaiting_return = Integer(required=True, metadata={"example": 0})
    returning = Integer(required=True, metadata={"example": 0})
    processing = Integer(required=True, metadata={"example": 1})
    abnormal = Integer(required=True, metadata={"example": 0})
    succeeded = Integer(required=True, metadata={"example": 4})
    rejected = Integer(required=True, metadata={"example": 1})
    withdrawn = Integer(required=True, metadata={"example": 0})


class StatusCountsOut(ResponseSchema):
    orders = fields.Nested(
        OrderCountsOut, required=True, metadata={"description": f"{MOST_COUNTED} means that many or more."}
    )
    refunds = fields.Nested(
        RefundCountsOut, required=True, metadata={"description": f"{MOST_COUNTED} means that many or more."}
    )
    held_payments = Integer(required=True, metadata={"example": 0, "description": "Money that staff must decide on."})
