"""The processes of a shop: gunicorn with two workers, the WeChat sandbox, MongoDB, Valkey."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecosystem.embedded.ports import LOOPBACK, free_port
from ecosystem.embedded.process import ChildProcess
from ecosystem.journey.stage import Shop
from ecosystem.run.demo import accounts_of, data_commands
from ecosystem.run.development_secrets import DevelopmentSecrets
from ecosystem.run.folders import Folders
from ecosystem.run.servers import answers
from tests.e2e.server import ROOT, START_S, Server, serving
from tests.e2e.shops import PASSWORD, STORES, second_shop_at, shop_at
from tests.factories.environment import environment

DATABASE = "minimall_e2e"
Environment = dict[str, str]


@pytest.fixture(scope="session")
def wechat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The sandbox's address and its folder."""
    folder, port = tmp_path_factory.mktemp("sandbox"), free_port()
    command: list[str | Path] = [sys.executable, "-m", "ecosystem.sandbox", "--port", str(port), "--data", folder]
    process = ChildProcess(name="sandbox", command=command, log=folder / "sandbox.log")
    process.start()
    try:
        url = f"http://{LOOPBACK}:{port}"
        process.wait_until(lambda: answers(f"{url}/__sandbox__/clock"), timeout_s=START_S)
        yield url, folder
    finally:
        process.stop()


@pytest.fixture(scope="session")
def environ(
    mongodb_uri: str, redis_url: str, wechat: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """The environment of every process of the shop, whose database is ready."""
    folder, bind = tmp_path_factory.mktemp("shop"), f"{LOOPBACK}:{free_port()}"
    variables = {
        **environment(
            PUBLIC_URL=f"http://{bind}",
            WEB_BIND=bind,
            MONGODB_URI=mongodb_uri,
            MONGODB_DATABASE=DATABASE,
            REDIS_URL=redis_url,
            WECHAT_API_URL=wechat[0],
            WECHAT_PAY_URL=wechat[0],
            MEDIA_DIR=str(folder / "media"),
            METRICS_DIR=str(folder / "metrics"),
            LOG_LEVEL="INFO",
            WEB_WORKERS="2",
        ),
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
    }
    _prepare(variables, wechat, folder)
    return variables


def _prepare(variables: Environment, wechat: tuple[str, Path], folder: Path) -> None:
    folders = Folders(folder)
    folders.data.mkdir()
    folders.sandbox.symlink_to(wechat[1])
    accounts = accounts_of(STORES, folders, wechat[0])
    commands = data_commands(STORES, accounts, folders, DevelopmentSecrets("", "", PASSWORD))
    flask = [sys.executable, "-m", "ecosystem.run.commands", json.dumps(commands)]
    subprocess.run(flask, cwd=ROOT, env={**variables, "METRICS_DIR": ""}, check=True, timeout=60)


@pytest.fixture
def server(environ: Environment, tmp_path: Path) -> Iterator[Server]:
    with serving(environ, tmp_path / "gunicorn.log") as server:
        yield server


@pytest.fixture
def shop(server: Server, wechat: tuple[str, Path]) -> Shop:
    return shop_at(server.url, wechat[0])


@pytest.fixture
def second_shop(server: Server, wechat: tuple[str, Path]) -> Shop:
    _, account = json.loads((wechat[1] / "accounts.json").read_text())
    return second_shop_at(server.url, wechat[0], account["appid"])
