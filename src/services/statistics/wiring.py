"""The figures of stores as one process has them."""

from __future__ import annotations

from dataclasses import dataclass

from src.services.jobs.contracts import JobParts
from src.services.statistics.adding_up import AddingUp
from src.services.statistics.attention import Attention
from src.services.statistics.rankings import Rankings
from src.services.statistics.reading import Statistics
from src.services.statistics.rolling_up import RollingUp
from src.services.stock.overview import StockOverview
from src.services.wiring.foundation import Foundation


@dataclass(frozen=True)
class Figuring:
    statistics: Statistics
    rankings: Rankings
    attention: Attention
    rolling_up: RollingUp

    @property
    def job_parts(self) -> JobParts:
        return JobParts.of(scheduled=(self.rolling_up.scheduled,))


def wire_figures(base: Foundation, stock_overview: StockOverview) -> Figuring:
    stores, clock = base.stores, base.clock
    return Figuring(
        statistics=Statistics(stores=stores, clock=clock),
        rankings=Rankings(stores=stores, clock=clock),
        attention=Attention(stock_overview=stock_overview),
        rolling_up=RollingUp(adding_up=AddingUp(transactions=base.transactions, clock=clock), clock=clock),
    )
