"""A day of trade and WeChat's bill of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from click.testing import Result

from src.models.reconciliations import Reconciliation
from src.utils.beijing import BEIJING, beijing_day
from tests.factories.clock import MovableClock
from tests.factories.shop import Shop, data_of
from tests.factories.wechat import pass_time

BILLED = time(10, 20)


def next_morning(shop: Shop, clock: MovableClock, *, at: time = BILLED) -> date:
    """Moves on to that time (in Beijing) of the next day; returns the day that is over."""
    today = beijing_day(clock.now())
    morning = datetime.combine(today + timedelta(days=1), at, BEIJING)
    pass_time(shop, clock, (morning - clock.now()).total_seconds())
    return today


def bend(shop: Shop, day: date, **how: Any) -> None:
    """Has WeChat's bill of that day, true until now, differ from what happened: `drop`, `amounts`, `extra`."""
    shop.control("bills", {"appid": shop.appid, "date": day.isoformat(), **how})


def reconcile(shop: Shop, *arguments: str) -> Result:
    """Runs the command for the shop's store."""
    return shop.app.test_cli_runner().invoke(args=["reconcile", "--store", shop.code, *arguments])


def reports() -> list[Reconciliation]:
    """Returns every stored report, the earliest day first."""
    found = Reconciliation.collection().find().sort([("day", 1), ("_id", 1)])
    return [Reconciliation._from_son(raw) for raw in found]


def differences(report: Reconciliation) -> list[tuple[str, str, str, int | None, int | None]]:
    """Returns kind, money, number, our amount and WeChat's amount of each difference."""
    return [
        (each.kind.value, each.money.value, each.number, each.our_fen, each.wechat_fen) for each in report.differences
    ]


def walk_reconciliations(shop: Shop) -> str:
    """Has a day without trade compared, and reads what came of it; returns its id."""
    path = "/api/merchant/reconciliations"
    bend(shop, beijing_day(datetime.now(BEIJING)) - timedelta(days=1))
    assert reconcile(shop).exit_code == 0
    (report,) = data_of(shop.staff().get(path), 200)["list"]
    assert not data_of(shop.staff().get(f"{path}/{report['id']}"), 200)["differs"]
    return str(report["id"])
