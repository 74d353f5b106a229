"""What is not checked, and what is for staff, is behind no path of nginx."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ecosystem.embedded.nginx import nginx_process
from ecosystem.embedded.ports import free_ports, is_listening
from ecosystem.run.nginx_config import write_development_config
from tests.ecosystem.http_exchange import Site
from tests.ecosystem.test_nginx import folders, plan

PATHS = [
    "/media/.incoming/x",
    "/media/./.incoming/x",
    "/media/a/%2e%2e/.incoming/x",
    "/media/a/..%2f.incoming/x",
    "/media/a%2f%2e%2e%2f.incoming%2fx",
    "/media/demo/%2e%2e/%2eincoming/x",
    "/media/demo/../.private/x",
]


@pytest.fixture(scope="module")
def site(nginx: Path, shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    here = folders(tmp_path_factory.mktemp("nginx"), shipped)
    for hidden in (".incoming", ".private"):
        (here.media / hidden).mkdir()
        (here.media / hidden / "x").write_text("secret")
    (here.media / "demo" / "x").write_text("shown")
    port, nobody = free_ports(2)
    config = write_development_config(plan(port, nobody), here)
    process = nginx_process(nginx, config, folder=here.nginx, log=here.log("nginx"))
    process.start()
    try:
        process.wait_until(lambda: is_listening(port), timeout_s=10)
        yield Site(port)
    finally:
        process.stop()


@pytest.mark.parametrize("path", PATHS)
def test_hidden_files_are_not_served_on_any_path(site: Site, path: str) -> None:
    answer = site.ask(path)
    assert (answer.status, b"secret" in answer.body) == (404, False)


def test_what_lies_beside_them_is(site: Site) -> None:
    assert site.ask("/media/demo/x").body == site.ask("/media/a/%2e%2e/demo/x").body == b"shown"
