"""The shop as the world reaches it: nginx in front of gunicorn."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
import requests
from PIL import Image

from ecosystem.embedded.nginx import check_config, find_nginx, nginx_process
from ecosystem.embedded.ports import LOOPBACK, free_port, is_listening
from ecosystem.run.folders import Folders
from ecosystem.run.nginx_config import write_development_config
from ecosystem.run.plan import Plan
from src.services.media.uploaders import LARGEST
from src.services.media.uploads import MOST_FILES
from tests.e2e.server import ROOT, Server, serving
from tests.e2e.shops import PASSWORD, STORES

SLOW_HEADERS_S = 5


@dataclass(frozen=True)
class Front:
    """nginx, and the server behind it, which trusts it."""

    port: int
    server: Server

    def request(self, method: str, path: str, **options: object) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, f"http://{LOOPBACK}:{self.port}{path}", timeout=20, **options)  # type: ignore[arg-type]

    def logged(self, request_id: str) -> dict[str, object]:
        (line,) = [line for line in self.server.requests() if line["request_id"] == request_id]
        return line


@pytest.fixture(scope="module")
def front(environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    nginx = find_nginx()
    if nginx is None:
        pytest.skip("no nginx on this machine")
    folder, port = tmp_path_factory.mktemp("front"), free_port()
    with serving({**environ, "TRUSTED_PROXIES": "1"}, folder / "gunicorn.log") as server:
        folders = _checkout(folder, Path(environ["MEDIA_DIR"]))
        config = write_development_config(_plan(port, server), folders)
        check_config(nginx, config, folder=folders.nginx)
        process = nginx_process(nginx, config, folder=folders.nginx, log=folder / "nginx.log")
        process.start()
        try:
            process.wait_until(lambda: is_listening(port), timeout_s=10)
            yield Front(port, server)
        finally:
            process.stop()


def test_metrics_are_for_the_operator_alone(front: Front) -> None:
    outside = front.request("GET", "/metrics")
    assert (outside.status_code, outside.json()["code"]) == (404, 404)
    assert requests.get(f"{front.server.url}/metrics", timeout=10).status_code == 200


def test_an_oversize_body_is_413_in_the_envelope(front: Front) -> None:
    refused = front.request("POST", "/api/auth/login", json={"code": "0" * 300_000})
    assert (refused.status_code, refused.headers["Content-Type"]) == (413, "application/json")
    assert refused.json().keys() == {"code", "message", "data"}
    assert refused.json()["code"] == 413


def test_five_pictures_of_five_megabytes_pass(front: Front) -> None:
    credentials = {"username": STORES[0].staff["manager"], "password": PASSWORD}
    login = front.request("POST", "/api/staff/login", json=credentials)
    files = [("file", (f"{shade}.jpg", _jpeg(shade, LARGEST))) for shade in range(MOST_FILES)]
    manager = {"Authorization": f"Bearer {login.json()['data']['token']}"}
    kept = front.request("POST", "/api/uploads/multiple", files=files, headers=manager)
    assert kept.status_code == 201, kept.text
    urls = [file["url"] for file in kept.json()["data"]["files"]]
    served = [front.request("GET", url) for url in urls]
    assert [(answer.status_code, answer.headers["Content-Type"]) for answer in served] == [(200, "image/jpeg")] * 5
    too_large = [("file", ("large.jpg", _jpeg(9, LARGEST + 1)))]
    refused = front.request("POST", "/api/uploads/single", files=too_large, headers=manager)
    assert (refused.status_code, refused.json()["data"]) == (413, {"limit": LARGEST})


def test_a_forged_address_is_ignored(front: Front) -> None:
    forged = {
        "X-Forwarded-For": "203.0.113.7, 198.51.100.9",
        "X-Real-IP": "203.0.113.7",
        "Forwarded": "for=203.0.113.7",
    }
    answer = front.request("GET", "/api/products", headers=forged)
    assert answer.status_code == 200
    assert front.logged(answer.headers["X-Request-Id"])["address"] == LOOPBACK


def test_a_request_id_is_minted_and_kept(front: Front) -> None:
    minted = front.request("GET", "/api/products").headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{32}", minted)
    assert front.logged(minted)["route"] == "/api/products"
    kept = front.request("GET", "/api/products", headers={"X-Request-Id": "mini-program-0001"})
    assert kept.headers["X-Request-Id"] == "mini-program-0001"
    assert front.logged("mini-program-0001")["status"] == 200


def test_headers_that_never_end_are_cut_off(front: Front) -> None:
    with socket.create_connection((LOOPBACK, front.port), timeout=2 * SLOW_HEADERS_S) as connection:
        connection.sendall(b"GET /api/products HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")


def _jpeg(shade: int, size: int) -> bytes:
    """Returns a small picture with so many bytes, as phones append things to theirs."""
    file = BytesIO()
    Image.new("L", (64, 64), 20 * shade).save(file, "JPEG")
    return file.getvalue().ljust(size, b"\0")


def _checkout(folder: Path, media: Path) -> Folders:
    (folder / "ecosystem").mkdir()
    (folder / "ecosystem" / "nginx").symlink_to(ROOT / "ecosystem" / "nginx")
    folders = Folders(folder)
    folders.data.mkdir()
    folders.media.symlink_to(media)
    return folders


def _plan(port: int, server: Server) -> Plan:
    return Plan(
        port=port,
        web_port=int(server.url.rpartition(":")[2]),
        sandbox_port=0,
        standby_port=0,
        mongod_port=0,
        valkey_port=0,
        mongodb_uri="",
        redis_url="",
        embeds_mongod=False,
        embeds_valkey=False,
        nginx=None,
    )
