"""Jobs that raise, hang past every limit, or kill their worker: given up after their tries, and nobody else waits."""

from __future__ import annotations

from pathlib import Path

from config.settings import Settings
from src.models.connection import database
from src.models.jobs import Job
from src.utils.clock import Clock
from src.utils.job_states import JobState
from tests.factories.job_bench import wanted
from tests.factories.shop import Shop
from tests.fault.workers import ended, environ, running, told


def test_poison_is_given_up_and_holds_nobody_up(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    database()["test_told"].delete_many({})
    with running(environ(settings), tmp_path, "worker", "beat"):
        poison = [_job("raises"), _job("hangs"), _job("dies")]
        healthy = [_job("good") for _ in range(6)]

        assert [ended(good).state for good in healthy] == [JobState.SUCCEEDED] * 6

        failed = [ended(bad) for bad in poison]
        assert ended(_job("good")).state is JobState.SUCCEEDED

    assert [(bad.state, bad.attempts) for bad in failed] == [(JobState.FAILED, 2)] * 3
    assert [bad.reason for bad in failed] == ["MemoryError", *["its worker died or was stopped in attempt 2"] * 2]
    assert [len(told("begun", job=bad.id)) for bad in poison] == [2, 2, 2]


def _job(kind: str) -> Job:
    return wanted(Clock(), kind=f"test.{kind}")
