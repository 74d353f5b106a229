"""What the worker counts is shown by the web processes, and stays when worker and gunicorn start anew."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from ecosystem.embedded.process import ChildProcess
from ecosystem.journey.stage import Shop, Stage
from ecosystem.run.servers import celery_command
from tests.e2e.server import ROOT, serving
from tests.e2e.shops import shop_at

LINE = r'^minimall_webhook_attempts_total\{result="given_up"\} (\S+)$'
# The smaller pictures of the demo come first.
WORKED_S = 60
NOWHERE = "http://127.0.0.1:9/hooks"


@contextmanager
def working(environ: Mapping[str, str], folder: Path) -> Iterator[list[ChildProcess]]:
    """Runs worker and beat."""
    processes = [
        ChildProcess(
            name=name,
            command=[sys.executable, *celery_command(name)],
            log=folder / f"{name}.log",
            environment=environ,
        )
        for name in ("worker", "beat")
    ]
    try:
        for process in processes:
            process.start()
        yield processes
    finally:
        for process in processes:
            process.stop()


@pytest.fixture
def variables(environ: dict[str, str]) -> dict[str, str]:
    return {**environ, "WEBHOOKS_ALLOW_PRIVATE": "true", "PYTHONPATH": str(ROOT)}


def test_the_workers_counts_are_shown(variables: dict[str, str], wechat: tuple[str, Path], tmp_path: Path) -> None:
    with serving(variables, tmp_path / "gunicorn.log") as server:
        before = given_up(server.url)
        with working(variables, tmp_path) as (worker, _):
            ping_nowhere(shop_at(server.url, wechat[0]))
            worker.wait_until(lambda: given_up(server.url) == before + 1, timeout_s=WORKED_S)
    with serving(variables, tmp_path / "again.log") as again:
        assert given_up(again.url) == before + 1
        alive = {str(pid) for pid in (again.process.pid, *again.workers())}
        files = Path(variables["METRICS_DIR"]).glob("*.db")
        assert {path.stem.rpartition("-")[2] for path in files} <= {"dead", *alive}


def ping_nowhere(shop: Shop) -> None:
    """Asks for a delivery that fails at once and is not tried again."""
    owner = Stage(shop, lambda title, ms: None).member("owner")
    added = owner.call("POST", "/api/merchant/webhooks", {"url": NOWHERE, "events": ["stock.low"]}, expect=201)
    owner.call("POST", f"/api/merchant/webhooks/{added['webhook']['id']}/ping", expect=202)


def given_up(url: str) -> float:
    found = re.search(LINE, requests.get(f"{url}/metrics", timeout=10).text, re.M)
    return float(found[1]) if found else 0
