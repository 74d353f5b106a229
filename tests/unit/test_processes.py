"""Telling whether a process is there."""

from __future__ import annotations

import os
import subprocess
import sys

from src.utils.processes import is_alive


def test_this_process_is_there() -> None:
    assert is_alive(os.getpid())


def test_a_process_that_has_ended_is_not() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not is_alive(ended.pid)
