"""The alert rules ask for metrics and schedules that exist, and every rule says what to do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from src.services.registry import Services
from tests.factories.shop import Shop

RULES = Path(__file__).resolve().parents[2] / "ecosystem" / "alerts" / "minimall.rules.yml"
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]
]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_asks_for_metrics_that_exist(shop: Shop, alert: dict[str, Any]) -> None:
    shown = set(re.findall(r"^# TYPE (\S+)", shop.client.get("/metrics").get_data(as_text=True), re.M))
    assert set(re.findall(r"minimall_\w+", alert["expr"])) <= shown


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_names_schedules_that_exist(services: Services, alert: dict[str, Any]) -> None:
    assert set(re.findall(r'schedule="(\w+)"', alert["expr"])) <= set(services.jobs.scheduling.works)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_what_is_wrong_and_what_to_do(alert: dict[str, Any]) -> None:
    assert set(alert["annotations"]) == {"summary", "description"}
    assert alert["labels"]["severity"] in ("page", "ticket")


def test_names_are_unique() -> None:
    assert len({alert["alert"] for alert in ALERTS}) == len(ALERTS)
