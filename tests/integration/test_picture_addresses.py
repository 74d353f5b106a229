"""Addresses of pictures elsewhere are shown to clients; this server never calls them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from ecosystem.embedded.ports import LOOPBACK
from src.services.registry import Services
from tests.factories.contents import nothing_changes
from tests.factories.jobs import run_jobs, tick
from tests.factories.refunds import wanted
from tests.factories.sheets import TEA, csv_file, imported
from tests.factories.shop import Shop, data_of, refused

REFUSED = [
    "http://127.0.0.1:27017/a.png",
    "http://169.254.169.254/latest/meta-data",
    "http://2130706433/a.png",
    "//127.0.0.1/a.png",
    "/\\127.0.0.1/a.png",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "data:text/html,<script>alert(1)</script>",
    "https:///a.png",
    "https://127.0.0.1/a.png\r\nX: y",
]


@pytest.fixture
def inside() -> Iterator[socket.socket]:
    """A server inside, which nobody may call."""
    with socket.socket() as server:
        server.bind((LOOPBACK, 0))
        server.listen()
        server.setblocking(False)
        yield server


def assert_nobody_called(server: socket.socket) -> None:
    with pytest.raises(BlockingIOError):
        server.accept()


@pytest.mark.parametrize("url", REFUSED)
def test_only_https_and_paths_of_this_server_are_taken(shop: Shop, url: str) -> None:
    owner, buyer = shop.staff(), shop.buyer()
    product = {"name": "茶", "price": 1}
    with nothing_changes():
        refused(owner.post("/api/products", {**product, "images": [url]}), 400)
        refused(owner.post("/api/products", {**product, "video": url}), 400)
        refused(owner.post("/api/merchant/categories", {"name": "茶", "icon": url}), 400)
        refused(owner.post("/api/merchant/brands", {"name": "茶", "logo": url}), 400)
        refused(buyer.put("/api/auth/user", {"avatar": url}), 400)


@pytest.mark.parametrize("start", ["https://", "https://user@", "https://cdn.example.com@"])
def test_no_address_is_called(shop: Shop, services: Services, inside: socket.socket, start: str) -> None:
    url = f"{start}{LOOPBACK}:{inside.getsockname()[1]}/a.png"
    owner, buyer = shop.staff(), shop.buyer()
    product = shop.product(images=[url], description=f'<img src="{url}">', video=url)
    sku = {"productId": product["id"], "skuId": product["skus"][0]["id"]}
    data_of(owner.post("/api/merchant/categories", {"name": "茶", "icon": url}), 201)
    data_of(owner.post("/api/merchant/brands", {"name": "茶", "logo": url}), 201)
    data_of(buyer.put("/api/auth/user", {"avatar": url}), 200)
    order = shop.paid_order(buyer, (sku, 1))
    data_of(buyer.post(f"/api/orders/{order['id']}/refunds", {**wanted((sku, 1)), "images": [url]}), 201)
    imported(services, owner, csv_file({**TEA, "图片": url}))
    run_jobs(services)
    for name in services.jobs.scheduling.works:
        tick(services, name)
    assert_nobody_called(inside)
