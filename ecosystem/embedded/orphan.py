"""Ties a process to its parent: `python orphan.py SIGNAL PARENT_PID COMMAND...` runs COMMAND in its own place.

The command gets SIGNAL from the kernel when the parent dies, however hard (Linux; elsewhere nothing happens). A program
of its own because code between fork and exec is not safe once the parent has threads.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def signal_when_orphaned(number: int, parent_pid: int) -> None:
    """Have the kernel send this process signal `number` when the parent thread that started it ends."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), number)


def _main(number: str, parent_pid: str, *command: str) -> None:
    signal_when_orphaned(int(number), int(parent_pid))
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    _main(*sys.argv[1:])
