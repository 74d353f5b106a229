"""A child process that becomes ready, is stopped in good order, and never outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ecosystem.embedded import orphan
from ecosystem.embedded.errors import EngineError

POLL_S = 0.02
LONGEST_WORDS = 300


@dataclass(kw_only=True)
class ChildProcess:
    """One server that this process starts and stops.

    Attributes:
        name: what messages call it.
        command: program and arguments.
        log: file that receives its output, emptied at each start.
        environment: its whole environment; None for that of this process.
        stop_signal: asks it to end in good order.
        orphan_signal: sent by the kernel if this process dies first (Linux). It must make the server end its own
            children as well, which SIGKILL would not.
    """

    name: str
    command: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def pid(self) -> int:
        """The process id, also after the process has ended."""
        return self._running.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while it runs."""
        return self._running.poll()

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise EngineError(f"{self.name} has not been started")
        return self._process

    def start(self) -> None:
        """Start the program in a process group of its own, so that a terminal's Ctrl-C reaches only this process.

        Call it from a thread that lives as long as the server should: the kernel's orphan signal is tied to it.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                [*self._tie_to_this_process(), *map(str, self.command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if self.environment is None else dict(self.environment),
                process_group=0,
            )

    def _tie_to_this_process(self) -> list[str]:
        return [sys.executable, "-IS", orphan.__file__, str(int(self.orphan_signal)), str(os.getpid())]

    def wait_until(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Return once `ready` answers True.

        Raises:
            EngineError: the process ended, or was not ready in time; the message carries its last words.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            if self.exit_code is not None:
                raise EngineError(f"{self.name} ended with code {self.exit_code}: {self.last_words()}")
            if time.monotonic() > deadline:
                raise EngineError(f"{self.name} was not ready within {timeout_s:g} s: {self.last_words()}")
            with suppress(subprocess.TimeoutExpired):
                self._running.wait(POLL_S)

    def last_words(self) -> str:
        """Return the beginning of the last line of its output, and where to read the rest."""
        return f"{self.last_line()[:LONGEST_WORDS] or 'no output'} (log: {self.log})"

    def last_line(self) -> str:
        """Return the last line of its output so far; empty when there is none."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def stop(self, *, timeout_s: float = 10) -> None:
        """Make it and every process of its group end; harmless when it never started or has already ended."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(self.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def command_line(program: Path, options: Mapping[str, str | Path], *switches: str) -> list[str]:
    """Return the program with its options, each as name and value, and its switches."""
    return [str(program), *(str(part) for option in options.items() for part in option), *switches]
