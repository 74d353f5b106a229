"""The page with the API's documentation works without any other server."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from flask import Flask
from flask.testing import FlaskClient

PAGE = "/api/docs"
_ELSEWHERE = re.compile(r"(?:https?:)?//[\w-]+\.")


class _References(HTMLParser):
    """Collects what a page loads, and whether it carries a script of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.inline_scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.urls += [named[name] or "" for name in ("href", "src") if name in named]
        self.inline_scripts += tag == "script" and "src" not in named


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def page(client: FlaskClient) -> _References:
    references = _References()
    references.feed(client.get(PAGE).get_data(as_text=True))
    return references


def test_everything_it_loads_is_here(client: FlaskClient, page: _References) -> None:
    local = [url for url in page.urls if not url.startswith("data:")]
    assert [url for url in local if _ELSEWHERE.match(url)] == []
    statuses = {url: client.get(urljoin(PAGE, url)).status_code for url in local}
    assert statuses == {"docs/swagger-ui.css": 200, "docs/swagger-ui-bundle.js": 200, "docs/start.js": 200}


def test_what_it_loads_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    style = client.get("/api/docs/swagger-ui.css").get_data(as_text=True)
    assert [
        url for url in re.findall(r"(?:url\(|@import )[\"']?([^)\"']+)", style) if not url.startswith("data:")
    ] == []
    start = client.get("/api/docs/start.js").get_data(as_text=True)
    assert not _ELSEWHERE.search(start)
    assert 'url: "openapi.json"' in start
    assert "validatorUrl: null" in start


def test_its_policy_allows_no_foreign_and_no_inline_script(client: FlaskClient, page: _References) -> None:
    policy = dict(
        directive.strip().partition(" ")[::2]
        for directive in client.get(PAGE).headers["Content-Security-Policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "frame-ancestors": "'none'",
    }
    assert page.inline_scripts == 0


def test_an_unknown_asset_is_the_envelope(client: FlaskClient) -> None:
    for name in ("nothing.js", "../../../etc/passwd", "..%2f..%2fetc%2fpasswd"):
        answer = client.get(f"/api/docs/{name}")
        assert (answer.status_code, answer.get_json()["code"]) == (404, 404)
