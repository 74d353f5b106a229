"""A real gunicorn as in production, its log and its workers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecosystem.embedded.process import ChildProcess
from ecosystem.run.servers import answers

ROOT = Path(__file__).resolve().parents[2]
START_S = 30


@dataclass(frozen=True)
class Server:
    """A running server; `url` reaches gunicorn itself."""

    process: ChildProcess
    url: str

    def workers(self) -> list[int]:
        """Returns the pids of the processes that serve."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def lines(self) -> list[dict[str, Any]]:
        """Returns what it has logged; every line must be JSON."""
        return [json.loads(line) for line in self.process.log.read_text("utf-8").splitlines()]

    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line["event"] == "request"]


def command() -> list[str | Path]:
    return [sys.executable, "-m", "gunicorn", "-c", ROOT / "ecosystem" / "gunicorn.conf.py", "wsgi:app"]


@contextmanager
def serving(environ: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Runs gunicorn until it is stopped, at the latest at the end of the block."""
    process = ChildProcess(name="gunicorn", command=command(), log=log, environment=environ)
    server = Server(process, f"http://{environ['WEB_BIND']}")
    process.start()
    try:
        process.wait_until(lambda: answers(f"{server.url}/readiness"), timeout_s=START_S)
        process.wait_until(lambda: len(server.workers()) == int(environ["WEB_WORKERS"]), timeout_s=START_S)
        yield server
    finally:
        process.stop()
