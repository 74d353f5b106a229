"""What the person at the terminal sees: each step as it begins, and how long it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

_WIDTH = 58


def say(line: str = "") -> None:
    """Print one line at once, also when the output is a pipe."""
    print(line, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show that a step is under way and, once it is over, its seconds."""
    print(f"  {title} ".ljust(_WIDTH, "."), end=" ", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        say("failed")
        raise
    say(f"{time.monotonic() - started:.1f} s")
