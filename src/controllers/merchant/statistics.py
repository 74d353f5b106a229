"""The store's figures."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.statistics import (
    AlertsQuery,
    CategoryRankingOut,
    OverviewOut,
    ProductRankingOut,
    RankingQuery,
    SeriesOut,
    SeriesQuery,
    StatusCountsOut,
    StockAlertsOut,
)
from src.middleware.context import services, staff_member
from src.services.statistics.rankings import WantedRanking

blueprint = Blueprint("statistics", __name__, url_prefix="/api/merchant/statistics", description="The store's figures")


@blueprint.route("/overview")
class OverviewView(MethodView):
    @blueprint.operation("getStatisticsOverview")
    @blueprint.response(200, OverviewOut)
    def get(self) -> Any:
        """Get the figures of today, yesterday, and the last 7 and 30 days

        An order counts on the day it was placed, its money on the day it was paid, a refund on the day it was paid
        back. Days are the store's.
        """
        return services().figures.statistics.overview(staff_member())


@blueprint.route("/series")
class SeriesView(MethodView):
    @blueprint.operation("getStatisticsSeries")
    @blueprint.arguments(SeriesQuery, location="query")
    @blueprint.response(200, SeriesOut)
    def get(self, query: dict[str, Any]) -> Any:
        """Get one figure by hours or by days

        Without days: today by hours, or the last thirty days.
        """
        return services().figures.statistics.series(staff_member(), query.pop("metric"), query.pop("step"), **query)


@blueprint.route("/top-products")
class TopProductsView(MethodView):
    @blueprint.operation("listTopProducts")
    @blueprint.arguments(RankingQuery, location="query")
    @blueprint.response(200, ProductRankingOut)
    def get(self, wanted: WantedRanking) -> Any:
        """List the products that sold best

        By what was paid for on the days, the last thirty if none are given; refunds are not taken off.
        """
        return services().figures.rankings.products(staff_member(), wanted)


@blueprint.route("/top-categories")
class TopCategoriesView(MethodView):
    @blueprint.operation("listTopCategories")
    @blueprint.arguments(RankingQuery, location="query")
    @blueprint.response(200, CategoryRankingOut)
    def get(self, wanted: WantedRanking) -> Any:
        """List the categories that sold best

        A sale counts for the category that the product was filed under when it was bought, not for those above it.
        """
        return services().figures.rankings.categories(staff_member(), wanted)


@blueprint.route("/stock-alerts")
class StockAlertsView(MethodView):
    @blueprint.operation("getStockAlerts")
    @blueprint.arguments(AlertsQuery, location="query")
    @blueprint.response(200, StockAlertsOut)
    def get(self, query: dict[str, int]) -> Any:
        """Get how much is sold out and how much is low, with the lowest first

        What is low is at or below its threshold, which is what is sold out too.
        """
        return services().figures.attention.stock_alerts(staff_member(), query["limit"])


@blueprint.route("/status-counts")
class StatusCountsView(MethodView):
    @blueprint.operation("getStatusCounts")
    @blueprint.response(200, StatusCountsOut)
    def get(self) -> Any:
        """Get how many orders and refunds are in which status now

        And how many payments hold money that staff must decide about.
        """
        return services().figures.attention.status_counts(staff_member())
