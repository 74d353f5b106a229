"""The real parts every test may use: a replica set, Valkey, the WeChat sandbox, and the app on a port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from config.settings import Settings
from ecosystem.embedded.mongod import running_mongod
from ecosystem.embedded.ports import free_port
from ecosystem.embedded.valkey import running_valkey
from ecosystem.sandbox.server import RunningSandbox, running_sandbox
from src.app import create_app
from src.models.indexes import ensure_indexes
from src.services.registry import Services, build_services
from tests.factories.clock import MovableClock
from tests.factories.environment import environment, settings_for
from tests.factories.shared_shop import only_shop
from tests.factories.shop import Shop


@pytest.fixture(scope="session")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_mongod(tmp_path_factory.mktemp("mongodb"), test_commands=True) as uri:
        yield uri


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with running_valkey() as url:
        yield url


@pytest.fixture(scope="session")
def running_wechat() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def settings(
    mongodb_uri: str, redis_url: str, running_wechat: RunningSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    media: Path = tmp_path_factory.mktemp("media")
    return settings_for(
        environment(
            MONGODB_URI=mongodb_uri,
            REDIS_URL=redis_url,
            PUBLIC_URL=f"http://127.0.0.1:{free_port()}",
            WECHAT_API_URL=running_wechat.url,
            WECHAT_PAY_URL=running_wechat.url,
            MEDIA_DIR=str(media),
            WEBHOOKS_ALLOW_PRIVATE="true",
        )
    )


@pytest.fixture(scope="session")
def movable_clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="session")
def session_services(settings: Settings, movable_clock: MovableClock) -> Services:
    return build_services(settings, movable_clock)


@pytest.fixture(scope="session")
def app(settings: Settings, session_services: Services) -> Iterator[Flask]:
    """The app, also listening at PUBLIC_URL, where the sandbox posts its notifications."""
    app = create_app(settings, session_services)
    ensure_indexes()
    port = int(settings.public_url.rsplit(":", 1)[1])
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app
    session_services.call_counting.flush()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clock(movable_clock: MovableClock) -> Iterator[MovableClock]:
    """The app's clock; it is right again after the test."""
    yield movable_clock
    movable_clock.reset()


@pytest.fixture
def services(session_services: Services, shop: Shop) -> Services:
    return session_services


@pytest.fixture
def sandbox(running_wechat: RunningSandbox) -> RunningSandbox:
    return running_wechat


@pytest.fixture
def shop(app: Flask, running_wechat: RunningSandbox, clock: MovableClock) -> Shop:
    """An empty database and a fresh sandbox with one store, which is the default one."""
    return only_shop(app, running_wechat)


@pytest.fixture
def other_shop(shop: Shop) -> Shop:
    """A second store in the same database, with its own mini-program and merchant number."""
    return shop.open_another("other")
