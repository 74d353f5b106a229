"""Installs a lock file into this interpreter's environment and shows how far it is.

Only the standard library: it runs before anything is installed.
"""

import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

HEARTBEAT_S = 5.0
LARGE = re.compile(r"^\s*Downloading (\S+?)-\d\S* \(((?:\d{2,}|\d+\.\d+) MB)\)")
PIP = [sys.executable, "-m", "pip", "install", "--require-hashes", "--disable-pip-version-check", "--no-input"]


@dataclass
class Progress:
    """What pip has said so far."""

    collected: int = 0
    doing: str = "starting pip"
    shown: str = ""
    output: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def read(self, line: str) -> None:
        """Take in one line of pip's output."""
        self.output.append(line)
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            self.collected += 1
            self.doing = f"fetching, {self.collected} packages so far"
        elif found := LARGE.match(line):
            self.doing = f"downloading {found[1]} ({found[2]})"
            self.show()
        elif line.startswith("Installing collected packages"):
            self.doing = f"unpacking {self.collected} packages"
            self.show()

    def show(self) -> None:
        """Print what is going on and for how long, unless it was printed before."""
        if self.doing == self.shown:
            return
        self.shown = self.doing
        print(f"  {time.monotonic() - self.started:5.1f} s  {self.doing}", flush=True)


def install(lock: Path) -> int:
    """Install what `lock` pins, each file checked by its hash; return pip's exit code."""
    progress = Progress()
    finished = threading.Event()
    threading.Thread(target=_heartbeat, args=(progress, finished), daemon=True).start()
    command = [*PIP, "--progress-bar", "off", "-r", str(lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            progress.read(line.rstrip())
    finished.set()
    progress.doing = "done" if pip.returncode == 0 else "failed; pip's last words:\n" + "\n".join(progress.output[-15:])
    progress.show()
    return pip.returncode


def _heartbeat(progress: Progress, finished: threading.Event) -> None:
    while not finished.wait(HEARTBEAT_S):
        progress.show()


if __name__ == "__main__":
    sys.exit(install(Path(sys.argv[1])))
