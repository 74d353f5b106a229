"""The running servers as one thing: started in order, watched together, stopped in reverse."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ecosystem.embedded.process import ChildProcess
from ecosystem.run.errors import RunError
from ecosystem.run.progress import step
from ecosystem.run.stop_signals import ignore_stop_signals


@dataclass
class Stack:
    """Servers in the order in which they were started."""

    processes: list[ChildProcess] = field(default_factory=list)

    def start(self, process: ChildProcess) -> ChildProcess:
        """Start a server that will be watched and stopped with the others."""
        process.start()
        self.processes.append(process)
        return process

    def pids(self) -> dict[str, int]:
        """Return the process id of each server by its name."""
        return {process.name: process.pid for process in self.processes}

    def check(self) -> None:
        """Return while every server runs.

        Raises:
            RunError: one of them has ended.
        """
        for process in self.processes:
            if process.exit_code is not None:
                raise RunError(f"{process.name} ended with code {process.exit_code}: {process.last_words()}")

    def stop(self) -> None:
        """End every server, the last one first, so that none loses what it depends on."""
        for process in reversed(self.processes):
            with step(f"stopping {process.name}"):
                process.stop(timeout_s=15)
        self.processes.clear()


@contextmanager
def running_stack() -> Iterator[Stack]:
    """Yield an empty stack; whatever was started in it is stopped at the end."""
    stack = Stack()
    try:
        yield stack
    finally:
        ignore_stop_signals()
        stack.stop()
