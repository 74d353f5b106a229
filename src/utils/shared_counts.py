"""Counts that the processes of a shop keep in files of one folder, so that any of them can tell their sum."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from src.utils.processes import is_alive

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_HOST = socket.gethostname()
_DEAD = "dead"


def share_counts(folder: str) -> None:
    """Makes `folder`, in which this process and those it forks will count.

    It comes before the import of the metrics, which settle at that moment where they count.

    Raises:
        OSError: the folder cannot be used.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    os.environ[_FOLDER] = folder
    fold_dead(folder)


def are_shared() -> bool:
    """Returns whether this process was told to share its counts."""
    return bool(os.environ.get(_FOLDER))


def process_name() -> str:
    """Returns what no other living process has: containers count their processes from 1, each of them."""
    return f"{_HOST}-{os.getpid()}"


class SharedCounts(Collector):
    """Gives the sums over all processes, the dead ones too, to Prometheus' exposition."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def collect(self) -> Iterable[Metric]:
        with _locked(self._folder, fcntl.LOCK_SH):
            files = [str(path) for path in self._folder.glob("*.db")]
            merged: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
            return merged


def fold_dead(folder: str) -> None:
    """Adds the files of this host's dead processes up in one file of each type: sums never fall, files stay few."""
    with suppress(BlockingIOError), _locked(Path(folder), fcntl.LOCK_EX | fcntl.LOCK_NB):
        for path in Path(folder).glob(f"*_{_HOST}-*.db"):
            pid = path.stem.rpartition("-")[2]
            if pid != _DEAD and not is_alive(int(pid)):
                _add_up(path, path.with_name(f"{path.name.removesuffix(f'{pid}.db')}{_DEAD}.db"))
                path.unlink()


def _add_up(source: Path, target: Path) -> None:
    sums = MmapedDict(str(target))  # type: ignore[no-untyped-call]
    for key, value, _, _ in MmapedDict.read_all_values_from_file(str(source)):  # type: ignore[no-untyped-call]
        sums.write_value(key, sums.read_value(key)[0] + value, 0.0)  # type: ignore[no-untyped-call]
    sums.close()  # type: ignore[no-untyped-call]


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Raises BlockingIOError if it is not to wait, and somebody has the lock."""
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, how)
        yield
