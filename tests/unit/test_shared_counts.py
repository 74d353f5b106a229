"""Counts in files: summed over living and dead processes, and few files however many processes have died."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from src.utils.metrics import exposition
from src.utils.shared_counts import fold_dead, process_name

ROOT = Path(__file__).resolve().parents[2]
COUNTS = """
import sys
from src.utils.shared_counts import share_counts
share_counts(sys.argv[1])
from src.utils.metrics import HTTP_REQUESTS, ORDERS_PLACED
ORDERS_PLACED.inc(2)
HTTP_REQUESTS.labels("GET", "/health", "200").observe(0.1)
"""


def count_and_die(folder: Path, then: str = "") -> None:
    command = [sys.executable, "-c", COUNTS + then, str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=30, env={"PATH": os.environ["PATH"]})


def shown(folder: Path) -> dict[str, float]:
    lines = exposition(str(folder), ()).decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def files(folder: Path) -> set[str]:
    host = process_name().rpartition("-")[0]
    return {path.name.replace(host, "HOST") for path in folder.glob("*.db")}


def test_what_dead_processes_counted_stays_in_one_file_of_each_type(tmp_path: Path) -> None:
    for died in (1, 2, 3):
        count_and_die(tmp_path)
        before = shown(tmp_path)
        fold_dead(str(tmp_path))
        assert shown(tmp_path) == before
        assert before["minimall_orders_placed_total"] == 2 * died
        count = 'minimall_http_request_seconds_count{method="GET",route="/health",status="200"}'
        assert before[count] == died
        assert files(tmp_path) == {"counter_HOST-dead.db", "histogram_HOST-dead.db"}


def test_a_process_that_starts_folds_what_others_left(tmp_path: Path) -> None:
    for _ in range(3):
        count_and_die(tmp_path)
    assert len(files(tmp_path)) == 4
    assert shown(tmp_path)["minimall_orders_placed_total"] == 6


def test_the_living_and_those_of_other_hosts_keep_their_files(tmp_path: Path) -> None:
    count_and_die(tmp_path, "from src.utils.shared_counts import fold_dead; fold_dead(sys.argv[1])")
    assert {path.stem.rpartition("-")[2] for path in tmp_path.glob("*.db")}.isdisjoint({"dead"})
    for path in list(tmp_path.glob("*.db")):
        path.rename(path.with_name(path.name.replace(process_name().rpartition("-")[0], "another-container")))
    fold_dead(str(tmp_path))
    assert {path.name.partition("-")[0] for path in tmp_path.glob("*.db")} == {"counter_another", "histogram_another"}
    assert shown(tmp_path)["minimall_orders_placed_total"] == 2
