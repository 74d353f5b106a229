"""What the person at the terminal sees: each step as it begins, and how long it took."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_WIDTH = 58


def say(line: str = "", end: str = "\n") -> None:
    """Print one line at once; once nobody listens any more, the shop goes on without words."""
    try:
        print(line, end=end, flush=True)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show that a step is under way and, once it is over, its seconds."""
    say(f"  {title} ".ljust(_WIDTH, "."), end=" ")
    started = time.monotonic()
    try:
        yield
    except BaseException:
        say("not finished")
        raise
    say(f"{time.monotonic() - started:.1f} s")
