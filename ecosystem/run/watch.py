"""The long middle of `make run`: every server must stay up, and once a minute unpaid orders expire."""

import time
from typing import NoReturn

from ecosystem.embedded.process import ChildProcess
from ecosystem.run.progress import say
from ecosystem.run.stack import Stack

CHECK_EVERY_S = 0.5
EXPIRE_EVERY_S = 60.0


class Expiry:
    """Runs `flask orders expire` again and again, as the systemd timer does in production."""

    def __init__(self, command: ChildProcess) -> None:
        self._command = command
        self._due = time.monotonic() + EXPIRE_EVERY_S
        self._running = False

    def tick(self) -> None:
        """Start the command when it is due and see how the last one ended; never waits."""
        if self._running:
            self._settle()
        elif time.monotonic() >= self._due:
            self._due += EXPIRE_EVERY_S
            self._command.start()
            self._running = True

    def stop(self) -> None:
        """End a command that is under way."""
        self._command.stop()

    def _settle(self) -> None:
        code = self._command.exit_code
        self._running = code is None
        if code:
            say(f"  orders were not expired this time: {self._command.last_words()}")


def keep_serving(stack: Stack, expiry: Expiry) -> NoReturn:
    """Watch until something ends it.

    Raises:
        RunError: a server died.
        StopRequested: someone asked for the end.
    """
    try:
        while True:
            stack.check()
            expiry.tick()
            time.sleep(CHECK_EVERY_S)
    finally:
        expiry.stop()
