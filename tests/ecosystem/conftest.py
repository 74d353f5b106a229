"""What the tests of nginx share."""

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from ecosystem.embedded.nginx import find_nginx
from tests.ecosystem.http_exchange import Echo


@pytest.fixture(scope="session")
def nginx() -> Path:
    binary = find_nginx()
    if binary is None:
        pytest.skip("no nginx here")
    return binary


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The folder of the nginx files."""
    return Path(__file__).resolve().parents[2] / "ecosystem" / "nginx"


@pytest.fixture(scope="session")
def upstream() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()
