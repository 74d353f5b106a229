"""How much memory the shop takes."""

import re
from collections.abc import Iterable
from pathlib import Path

_PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)


def family(roots: Iterable[int]) -> set[int]:
    """Return the processes `roots` and all their descendants (Linux; elsewhere the roots alone)."""
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting.extend(_children(pid))
    return found


def proportional_set_size_mib(pids: Iterable[int]) -> int:
    """Return the sum of the processes' PSS: memory that several of them share is counted once in all."""
    return round(sum(_pss_kib(pid) for pid in pids) / 1024)


def _children(pid: int) -> list[int]:
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in files for child in _read(file).split()]


def _pss_kib(pid: int) -> int:
    found = _PSS.search(_read(Path(f"/proc/{pid}/smaps_rollup")))
    return int(found[1]) if found else 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
