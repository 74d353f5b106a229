"""The shipped nginx site as `make run` uses it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ecosystem.embedded.errors import EngineError
from ecosystem.embedded.nginx import check_config, nginx_process
from ecosystem.embedded.ports import free_port, free_ports, is_listening
from ecosystem.run.folders import Folders
from ecosystem.run.nginx_config import write_development_config
from ecosystem.run.plan import Plan
from src.services.media.uploaders import LARGEST
from src.services.media.uploads import MOST_FILES
from src.services.sheets.limits import MAX_FILE_BYTES
from tests.ecosystem.http_exchange import Site

UPLOADED = "66f0a1b2c3d4e5f60718293a/9f/9f86d0-0718293b-list.webp"
SANDBOXED = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def plan(port: int, web_port: int) -> Plan:
    return Plan(
        port=port,
        web_port=web_port,
        sandbox_port=0,
        standby_port=0,
        mongod_port=0,
        valkey_port=0,
        mongodb_uri="",
        redis_url="",
        embeds_mongod=True,
        embeds_valkey=True,
        nginx=None,
    )


def folders(tmp_path: Path, shipped: Path) -> Folders:
    """Return a checkout in a folder whose name has a space."""
    checkout = tmp_path / "my shop"
    (checkout / ".data" / "media" / "demo").mkdir(parents=True)
    (checkout / "ecosystem").mkdir()
    (checkout / "ecosystem" / "nginx").symlink_to(shipped)
    return Folders(checkout)


@pytest.fixture(scope="module")
def site(nginx: Path, shipped: Path, upstream: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    here = folders(tmp_path_factory.mktemp("nginx"), shipped)
    (here.media / "demo" / "cup.svg").write_text("<svg/>")
    (here.media / "demo" / "page.html").write_text("<script>alert(1)</script>")
    for name in (UPLOADED, ".incoming/a.png", ".private/exports/a.xlsx"):
        (here.media / name).parent.mkdir(parents=True)
        (here.media / name).write_bytes(b"RIFF")
    port = free_port()
    config = write_development_config(plan(port, upstream), here)
    check_config(nginx, config, folder=here.nginx)
    process = nginx_process(nginx, config, folder=here.nginx, log=here.log("nginx"))
    process.start()
    try:
        process.wait_until(lambda: is_listening(port), timeout_s=10)
        yield Site(port)
    finally:
        process.stop()


def test_a_configuration_that_nginx_refuses_is_an_error(nginx: Path, tmp_path: Path) -> None:
    config = tmp_path / "nginx.conf"
    config.write_text("events {} nonsense;")
    with pytest.raises(EngineError, match='unknown directive "nonsense"'):
        check_config(nginx, config, folder=tmp_path)


def test_the_body_limit_is_an_envelope(site: Site) -> None:
    answer = site.ask("/api/orders", "POST", b"x" * (256 * 1024 + 1))
    assert answer.status == 413
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {"code": 413, "message": "请求体过大", "data": None}


@pytest.mark.parametrize("path", ["pay/notify", "refund/notify", "messages/main"])
def test_what_wechat_posts_has_a_limit_of_its_own(site: Site, path: str) -> None:
    assert site.ask(f"/api/wechat/{path}", "POST", b"x" * 64 * 1024).status == 200
    assert site.ask(f"/api/wechat/{path}", "POST", b"x" * (64 * 1024 + 1)).status == 413


@pytest.mark.parametrize(
    ("path", "largest", "mib"),
    [
        ("/api/uploads/single", LARGEST, 26),
        ("/api/uploads/multiple", MOST_FILES * LARGEST, 26),
        ("/api/uploads/local", LARGEST, 26),
        ("/api/merchant/imports", MAX_FILE_BYTES, 21),
    ],
)
def test_files_have_a_limit_of_their_own_with_room_for_the_form(site: Site, path: str, largest: int, mib: int) -> None:
    assert largest + 2**20 <= mib * 2**20
    assert site.ask(path, "POST", b"x" * mib * 2**20).status == 200
    refused = site.ask(path, "POST", b"x" * (mib * 2**20 + 1))
    assert (refused.status, refused.json["code"]) == (413, 413)


def test_a_request_has_a_connection_to_itself(site: Site) -> None:
    assert site.ask("/api/orders", "POST", b"{}").json["headers"]["connection"] == "close"


def test_an_error_is_english_for_who_asks_for_it(site: Site) -> None:
    answer = site.ask("/media/nothing.png", Accept_Language="en-US,en;q=0.9")
    assert (answer.status, answer.json) == (404, {"code": 404, "message": "Not found.", "data": None})


def test_a_dead_application_is_502_in_the_envelope(nginx: Path, shipped: Path, tmp_path: Path) -> None:
    here = folders(tmp_path, shipped)
    port, nobody = free_ports(2)
    config = write_development_config(plan(port, nobody), here)
    process = nginx_process(nginx, config, folder=here.nginx, log=here.log("nginx"))
    process.start()
    try:
        process.wait_until(lambda: is_listening(port), timeout_s=10)
        answer = Site(port).ask("/api/products")
    finally:
        process.stop()
    assert (answer.status, answer.json["code"], answer.headers["retry-after"]) == (502, 502, "1")


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "//metrics", "/%6detrics", "/api/../metrics"])
def test_metrics_are_not_reachable(site: Site, path: str) -> None:
    answer = site.ask(path)
    assert (answer.status, answer.json) == (404, {"code": 404, "message": "资源不存在", "data": None})


def test_pictures_are_served_with_safe_headers(site: Site) -> None:
    answer = site.ask("/media/demo/cup.svg")
    assert (answer.status, answer.body) == (200, b"<svg/>")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == SANDBOXED


def test_what_is_no_picture_is_never_shown(site: Site) -> None:
    answer = site.ask("/media/demo/page.html")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert (answer.headers["x-content-type-options"], answer.headers["content-security-policy"]) == (
        "nosniff",
        SANDBOXED,
    )


def test_an_uploaded_picture_may_be_kept_for_ever(site: Site) -> None:
    answer = site.ask(f"/media/{UPLOADED}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == SANDBOXED
    assert site.ask("/media/demo/cup.svg").headers["cache-control"] == "public, max-age=86400"


@pytest.mark.parametrize(
    "path",
    [
        "/media/.incoming/a.png",
        "/media//.incoming/a.png",
        "/media/%2eincoming/a.png",
        "/media/x/../.incoming/a.png",
        "/media/.private/exports/a.xlsx",
        "/media/%2Eprivate/exports/a.xlsx",
    ],
)
def test_what_is_not_checked_and_what_is_for_staff_is_not_served(site: Site, path: str) -> None:
    assert site.ask(path).status == 404


@pytest.mark.parametrize("path", ["/media/", "/media/demo/"])
def test_folders_are_not_listed(site: Site, path: str) -> None:
    answer = site.ask(path)
    assert (answer.status, answer.json) == (403, {"code": 403, "message": "没有权限", "data": None})


@pytest.mark.parametrize("path", ["/media/../nginx/nginx.conf", "/media/..%2fnginx/nginx.conf"])
def test_no_path_leads_out_of_the_media_folder(site: Site, path: str) -> None:
    assert b"worker_processes" not in site.ask(path).body


@pytest.mark.parametrize("path", ["/media/../../x", "/media/..%2f..%2fx", "/%zz", "/a%00b"])
def test_a_broken_path_is_400_in_the_envelope(site: Site, path: str) -> None:
    answer = site.ask(path)
    assert (answer.status, answer.json) == (400, {"code": 400, "message": "请求格式有误", "data": None})


def test_a_path_too_long_is_414_in_the_envelope(site: Site) -> None:
    answer = site.ask("/" + "a" * 9_000)
    assert (answer.status, answer.json["code"]) == (414, 414)


def test_a_header_too_long_is_400_in_the_envelope(site: Site) -> None:
    answer = site.ask("/api/products", X_Long="a" * 9_000)
    assert (answer.status, answer.json["code"]) == (400, 400)


def test_an_unknown_coding_is_501_in_the_envelope(site: Site) -> None:
    answer = site.ask("/api/products", "POST", Transfer_Encoding="gzip")
    assert (answer.status, answer.json["code"]) == (501, 501)


def test_the_media_folder_takes_no_uploads(site: Site) -> None:
    answer = site.ask("/media/demo/cup.svg", "POST", b"<svg/>")
    assert (answer.status, answer.json["code"]) == (405, 405)


def test_the_client_address_is_set_and_nothing_forged_gets_through(site: Site) -> None:
    forged: dict[str, Any] = {
        "X_Forwarded_For": "6.6.6.6",
        "X_Forwarded_Proto": "https",
        "X_Forwarded_Host": "evil.example",
        "X_Forwarded_Prefix": "/evil",
        "X_Real_IP": "6.6.6.6",
        "Forwarded": "for=6.6.6.6",
        "Proxy": "http://evil.example",
    }
    headers = site.ask("/api/products", **forged).json["headers"]
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert not headers.keys() & {"x-forwarded-host", "x-forwarded-prefix", "x-real-ip", "forwarded", "proxy"}


def test_a_request_id_is_minted(site: Site) -> None:
    minted = site.ask("/api/products").json["headers"]["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", minted)


@pytest.mark.parametrize("forged", ['a"b', "short", "x" * 65, "line\tbreak"])
def test_a_request_id_of_another_shape_is_replaced(site: Site, forged: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", site.ask("/api/products", X_Request_Id=forged).json["headers"]["x-request-id"])


def test_a_request_id_of_the_right_shape_is_kept(site: Site) -> None:
    assert site.ask("/api/products", X_Request_Id="wx-7f3a.91_B").json["headers"]["x-request-id"] == "wx-7f3a.91_B"


def test_a_broken_host_is_400_in_the_envelope(site: Site) -> None:
    answer = site.ask("/api/products", Host="a b")
    assert (answer.status, answer.json["code"]) == (400, 400)


def test_path_and_query_arrive_as_they_were_sent(site: Site) -> None:
    assert site.ask("/api/products?keyword=%E8%9C%82%E8%9C%9C&page=2").json["line"] == (
        "GET /api/products?keyword=%E8%9C%82%E8%9C%9C&page=2 HTTP/1.1"
    )
