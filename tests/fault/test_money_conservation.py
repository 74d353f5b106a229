"""Whatever happens in whatever order, and however WeChat fails: no fen is lost, stuck or taken twice."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ecosystem.sandbox.server import RunningSandbox
from src.models.connection import database
from src.models.indexes import DOCUMENTS
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.shop import Shop
from tests.fault.money_machine import MoneyMachine
from tests.fault.money_world import MoneyWorld

# MONEY_EXAMPLES=500 tries that many random sequences, and shortens one that fails, instead of the same few each time.
EXAMPLES = int(os.environ.get("MONEY_EXAMPLES", "0"))
PROFILE = settings(
    max_examples=EXAMPLES or 10,
    stateful_step_count=40,
    derandomize=not EXAMPLES,
    phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
    report_multiple_bugs=False,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=bool(EXAMPLES),
)


@pytest.fixture
def open_world(
    app: Flask, running_wechat: RunningSandbox, session_services: Services, clock: MovableClock
) -> Callable[[], MoneyWorld]:
    """Makes a world out of an empty database and a fresh WeChat."""

    def opened() -> MoneyWorld:
        clock.reset()
        for document in DOCUMENTS:
            database()[document._get_collection_name()].delete_many({})
        shop = Shop.open(app, running_wechat, running_wechat.credentials, code="main", is_default=True)
        return MoneyWorld(shop, session_services, clock)

    return opened


def test_money_is_conserved(open_world: Callable[[], MoneyWorld]) -> None:
    class MachineOfOneWorld(MoneyMachine):
        def __init__(self) -> None:
            super().__init__(open_world())

    run_state_machine_as_test(MachineOfOneWorld, settings=PROFILE)
