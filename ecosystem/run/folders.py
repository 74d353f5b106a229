"""Where a checkout keeps what running it makes: everything is below `.data`."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecosystem.run.errors import RunError


@dataclass(frozen=True)
class Folders:
    """The paths of one checkout."""

    checkout: Path

    @property
    def data(self) -> Path:
        return self.checkout / ".data"

    @property
    def mongodb(self) -> Path:
        return self.data / "mongodb"

    @property
    def sandbox(self) -> Path:
        return self.data / "sandbox"

    @property
    def media(self) -> Path:
        return self.data / "media"

    @property
    def metrics(self) -> Path:
        return self.data / "metrics"

    @property
    def nginx(self) -> Path:
        return self.data / "nginx"

    @property
    def valkey(self) -> Path:
        return self.data / "valkey"

    @property
    def run_file(self) -> Path:
        return self.data / "run.json"

    def log(self, name: str) -> Path:
        """Return the file for the output of the process `name`."""
        return self.data / "logs" / f"{name}.log"


@contextmanager
def locked(folders: Folders) -> Iterator[None]:
    """Hold `.data` for this process; the lock ends with the process, however that dies.

    Raises:
        RunError: the folder cannot be written, or another `make run` of this checkout holds it.
    """
    try:
        folders.data.mkdir(exist_ok=True)
        lock = (folders.data / "run.lock").open("w")
    except OSError as error:
        raise RunError(f"cannot write in {folders.data} ({error.strerror}): make it writable for this user") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            address = read_json(folders.run_file).get("api", "still starting")
            raise RunError(f"this checkout is already running ({address}): stop that one first") from None
        yield


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in `path`; an empty one when there is no such file or it was cut short."""
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return content


def write_private_json(path: Path, content: dict[str, Any]) -> Path:
    """Write `content` to `path` as `write_private` does and return `path`."""
    return write_private(path, json.dumps(content, ensure_ascii=False, indent=2))


def write_private(path: Path, text: str) -> Path:
    """Write `text` to `path` as a whole or not at all, readable by this user only, and return `path`."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return temporary.replace(path)
