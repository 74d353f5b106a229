"""python -m ecosystem.sandbox: keys, port, end, and what it prints."""

import json
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.sandbox.client import Control, MiniProgram

ROOT = Path(__file__).parents[3]


def command(data: Path) -> list[str]:
    return [sys.executable, "-m", "ecosystem.sandbox", "--port", "0", "--data", str(data)]


@contextmanager
def process(data: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Start the sandbox; yields it with its URL once it serves."""
    running = subprocess.Popen(command(data), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        served = re.search(r"at (http://127\.0\.0\.1:\d+),", running.stdout.readline())
        assert served
        yield running, served[1]
    finally:
        running.kill()
        running.wait()


def refused(data: Path, *options: str) -> str:
    """Return the one line a start that fails leaves."""
    ended = subprocess.run(
        [*command(data), *options], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    [line] = ended.stderr.splitlines()
    return line


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused(tmp_path, "--port", str(port))
    assert line == f"sandbox: port {port} on 127.0.0.1 is taken; choose another one with --port"


def test_a_taken_standby_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused(tmp_path, "--standby-port", str(port))
    assert line == f"sandbox: port {port} on 127.0.0.1 is taken; choose another one with --standby-port"


def test_a_data_directory_that_cannot_be_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refused(tmp_path / "file" / "data").startswith("sandbox: cannot start: ")


@pytest.mark.parametrize("damage", ["{", "[1]", '[{"appid": "wx"}]'])
def test_damaged_accounts_are_one_clear_line(tmp_path: Path, damage: str) -> None:
    (tmp_path / "accounts.json").write_text(damage)
    assert "accounts.json is damaged" in refused(tmp_path)
    assert (tmp_path / "accounts.json").read_text() == damage


def test_a_port_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    assert refused(tmp_path, "--port", "99999") == "sandbox: there is no port 99999"


def test_keys_are_private_and_outlast_the_process(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with process(data) as (_, url):
        first = json.loads((data / "credentials.json").read_text())
        second = Control(url).post("accounts")
        openid = MiniProgram(url, first).openid(Control(url), Control(url).user(user="demo"))
    assert {stat.S_IMODE(file.stat().st_mode) for file in data.iterdir()} == {0o600}
    with process(data) as (_, url):
        assert json.loads((data / "credentials.json").read_text()) == first
        apps = [app["appid"] for app in Control(url).ledger()["apps"]]
        again = MiniProgram(url, first).openid(Control(url), Control(url).user(user="demo"))
    assert (apps, again) == ([first["appid"], second["appid"]], openid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with process(tmp_path) as (running, _):
        running.send_signal(number)
        assert running.wait(timeout=10) == 0


def test_it_prints_one_line_per_call_and_no_secret(tmp_path: Path) -> None:
    with process(tmp_path) as (running, url):
        credentials = json.loads((tmp_path / "credentials.json").read_text())
        program, control = MiniProgram(url, credentials), Control(url)
        program.openid(control, control.user(user="demo"))
        program.phone(program.token()["access_token"], code="x")
        running.terminate()
        printed, _ = running.communicate(timeout=10)
    assert [line.rsplit(" ", 1)[0] for line in printed.splitlines()] == [
        "POST /__sandbox__/users 201",
        "POST /__sandbox__/users/demo/login-code 200",
        "GET /sns/jscode2session 200",
        "POST /cgi-bin/stable_token 200",
        "POST /wxa/business/getuserphonenumber 200",
    ]
