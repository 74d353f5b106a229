"""The long middle of `make run`: every server must stay up."""

import time
from typing import NoReturn

from ecosystem.run.stack import Stack

CHECK_EVERY_S = 0.5


def keep_serving(stack: Stack) -> NoReturn:
    """Watch until something ends it.

    Raises:
        RunError: a server died.
        StopRequested: someone asked for the end.
    """
    while True:
        stack.check()
        time.sleep(CHECK_EVERY_S)
