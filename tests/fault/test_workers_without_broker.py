"""The broker is away when worker and beat start, and goes away again: they wait, and no job is lost."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from config.settings import Settings
from ecosystem.embedded.ports import LOOPBACK, free_port
from ecosystem.embedded.process import ChildProcess
from ecosystem.embedded.valkey import running_valkey
from src.models.connection import database
from src.utils.clock import Clock
from src.utils.job_states import JobState
from tests.factories.job_bench import wanted
from tests.factories.shop import Shop
from tests.fault.workers import LONG_S, ended, environ, running


def test_worker_and_beat_outlive_their_broker(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    port = free_port()
    variables = {**environ(settings), "REDIS_URL": f"redis://{LOOPBACK}:{port}/0"}
    database()["test_told"].delete_many({})
    with running(variables, tmp_path, "worker", "beat") as (worker, beat):
        for process in (worker, beat):
            process.wait_until(partial(_has_tried, process), timeout_s=LONG_S)
        for _ in range(2):
            job = wanted(Clock(), kind="test.good")
            with running_valkey(port=port):
                assert ended(job, timeout_s=40).state is JobState.SUCCEEDED


def _has_tried(process: ChildProcess) -> bool:
    """Tells whether it has said that it cannot connect."""
    return "onnect" in process.log.read_text()
