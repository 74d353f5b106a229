"""Turns the signals that ask for the end into one exception, and only once: the end itself is not interrupted."""

import os
import signal
from types import FrameType
from typing import NoReturn

from ecosystem.embedded.orphan import signal_when_orphaned
from ecosystem.run.errors import StopRequested

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop_on_signals() -> None:
    """From now on the first of Ctrl-C, SIGTERM and a closed terminal raises StopRequested in the main thread."""
    for number in _STOP_SIGNALS:
        signal.signal(number, _request_stop)


def ignore_stop_signals() -> None:
    """From now on nothing interrupts: the end is under way."""
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def stop_with_parent() -> None:
    """End too when the process that started this one dies, even by SIGKILL (Linux)."""
    signal_when_orphaned(signal.SIGTERM, os.getppid())


def _request_stop(number: int, frame: FrameType | None) -> NoReturn:
    ignore_stop_signals()
    raise StopRequested
