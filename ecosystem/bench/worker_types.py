"""Which gunicorn worker serves the shop best: `python -m ecosystem.bench.worker_types [SECONDS]`.

Two workers of each kind answer the product list, first alone, then while four shoppers log in again and again and
WeChat takes half a second for each. gevent is left out: it is not among the packages.
"""

import itertools
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import requests

from ecosystem.embedded.ports import free_port
from ecosystem.journey.calling import Caller, JourneyFailed
from ecosystem.run import servers
from ecosystem.run.environment import WEB_THREADS
from ecosystem.run.folders import Folders
from ecosystem.run.plan import make_plan
from ecosystem.run.progress import say
from ecosystem.run.stack import running_stack
from ecosystem.run.startup import READY_S, Startup

# Worker class, HTTP parser and threads; with more than one thread, gunicorn takes sync for gthread.
KINDS = (("sync", "fast", 1), ("gthread", "python", WEB_THREADS), ("gthread", "fast", WEB_THREADS))
CALLERS = 24
LOGINS = 4
WECHAT_S = 0.5
ROUNDS = 3
LIST = "/api/products?inStock=true"
NO_LIMIT = {f"RATE_LIMIT_{tier}": "1000000 per minute" for tier in ("ANONYMOUS", "USER", "LOGIN")}

Kind = tuple[str, str, int]
Report = dict[str, float]


def measure(startup: Startup, options: list[str], seconds: float, *, slow_wechat: bool) -> Report:
    """Return what the callers saw of a gunicorn with these options."""
    web = f"http://127.0.0.1:{startup.plan.web_port}"
    gunicorn = servers.gunicorn(startup.folders, startup.environment() | NO_LIMIT, *options)
    try:
        gunicorn.start()
        gunicorn.wait_until(lambda: servers.answers(f"{web}/readiness"), timeout_s=READY_S)
        _load(f"{web}{LIST}", 1)
        with logging_in(startup, web) if slow_wechat else nullcontext():
            return _load(f"{web}{LIST}", seconds)
    finally:
        gunicorn.stop()


def _load(url: str, seconds: float) -> Report:
    command = [sys.executable, "-m", "ecosystem.bench.closed_loop", url, str(CALLERS), str(seconds)]
    report: Report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return report


@contextmanager
def logging_in(startup: Startup, web: str) -> Iterator[None]:
    """Keep shoppers logging in, each waiting for a slow WeChat, until the block ends."""
    wechat = Caller(startup.plan.sandbox)
    slow = {"endpoint": "code2session", "kind": "latency", "seconds": WECHAT_S, "times": None}
    wechat.send("POST", "/__sandbox__/faults", slow, expect=201)
    enough = threading.Event()
    threads = [threading.Thread(target=_log_in_until, args=(enough, startup, web)) for _ in range(LOGINS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        enough.set()
        for thread in threads:
            thread.join()
        requests.delete(f"{startup.plan.sandbox}/__sandbox__/faults", timeout=10)


def _log_in_until(enough: threading.Event, startup: Startup, web: str) -> None:
    wechat, shopper = Caller(startup.plan.sandbox), Caller(web, **{"X-Store": startup.shop.store})
    user = wechat.send("POST", "/__sandbox__/users", {}, expect=201)["user"]
    while not enough.is_set():
        code = wechat.send("POST", f"/__sandbox__/users/{user}/login-code", {})["code"]
        with suppress(JourneyFailed, requests.RequestException):
            shopper.call("POST", "/api/auth/login", {"code": code})


def compare(startup: Startup, seconds: float) -> None:
    """Print, per load, each kind's median round and its ratio to the first kind's."""
    for slow_wechat in (False, True):
        say(f"\n{'while shoppers log in and WeChat is slow' if slow_wechat else 'the list alone'}")
        rounds: dict[Kind, list[Report]] = {kind: [] for kind in KINDS}
        for _, (worker, parser, threads) in itertools.product(range(ROUNDS), KINDS):
            options = ["--worker-class", worker, "--http-parser", parser, "--threads", str(threads)]
            rounds[worker, parser, threads].append(measure(startup, options, seconds, slow_wechat=slow_wechat))
        _print_table({kind: _median(reports) for kind, reports in rounds.items()})


def _median(reports: list[Report]) -> Report:
    return sorted(reports, key=lambda report: report["per_s"])[len(reports) // 2]


def _print_table(medians: dict[Kind, Report]) -> None:
    say("  worker   parser   lists/s  ratio   p50 ms   p99 ms  failures  generator")
    first = next(iter(medians.values()))["per_s"]
    for (worker, parser, _), report in medians.items():
        say(
            f"  {worker:8} {parser:7} {report['per_s']:8.0f} {report['per_s'] / first:6.2f} {report['p50_ms']:8.1f}"
            f" {report['p99_ms']:8.1f} {report['failures']:9.0f} {report['generator_cpu']:9.0%}"
        )


def main(seconds: float) -> None:
    """Set up a shop in a temporary folder, measure and take everything down."""
    with tempfile.TemporaryDirectory() as temporary, running_stack() as stack:
        folders = Folders(Path(temporary))
        (folders.checkout / "ecosystem").symlink_to(Path("ecosystem").resolve())
        folders.data.mkdir()
        plan = make_plan({"PORT": str(free_port())})
        startup = Startup.on_checked_ground(plan, folders, stack)
        startup.start_engines()
        startup.load_demo()
        compare(startup, seconds)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 3)
