"""`make run` as a person lives with it: one start after the other in one checkout, ended in every way."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from pymongo import MongoClient

from ecosystem.embedded.ports import free_port, free_ports, is_free, is_listening
from ecosystem.run.memory import family, proportional_set_size_mib
from ecosystem.run.plan import make_plan
from src.services.audit.checks import NATURES
from tests.ecosystem.processes import alive, eventually

REPOSITORY = Path(__file__).resolve().parents[2]
START_S = 90
VARIANTS_S = 30
AUDIT_S = 60
CHECKS = sum(len(checks) for checks in NATURES.values())
LARGEST_MIB = 850
NO_SHOP = (2, ["minimall: no shop of this checkout is open: make run first"])


class Checkout:
    """A checkout with data of its own; its code is the repository's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run_file = folder / ".data" / "run.json"
        for name in ("config", "ecosystem", "src", "wsgi.py"):
            (folder / name).symlink_to(REPOSITORY / name)

    def start(self, port: int, **environment: str) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if name not in {"MONGODB_URI", "REDIS_URL"}}
        return subprocess.Popen(
            [sys.executable, "-m", "ecosystem.run"],
            cwd=self.folder,
            env={**inherited, "PORT": str(port), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def audit(self) -> tuple[int, list[str]]:
        return self.flask("audit")

    def flask(self, *arguments: str) -> tuple[int, list[str]]:
        """Return the exit code and the output of `make flask ARGS=…`."""
        command = [sys.executable, "-m", "ecosystem.run.flask_of_shop", *arguments]
        result = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=AUDIT_S, check=False)
        return result.returncode, [*result.stdout.splitlines(), *result.stderr.splitlines()]

    def facts(self) -> dict[str, Any]:
        try:
            facts: dict[str, Any] = json.loads(self.run_file.read_text())
        except OSError:
            return {}
        return facts

    def await_open(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        """Return the facts once the shop that `process` starts is open."""
        opened = eventually(
            lambda: process.poll() is not None or self.facts().get("pids", {}).get("supervisor") == process.pid,
            timeout_s=START_S,
        )
        assert opened and process.poll() is None, process.communicate(timeout=30)[0]
        return self.facts()


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path)
    yield checkout
    for pid in alive(checkout.facts().get("pids", {}).values()):
        os.kill(pid, signal.SIGKILL)


def refusal(process: subprocess.Popen[str], *, within_s: float = 30) -> list[str]:
    """Return what a start that must fail said after its greeting."""
    output, _ = process.communicate(timeout=within_s)
    assert process.returncode == 1, output
    return [line for line in output.splitlines() if not line.startswith("minimall: starting on")]


def break_the_books(facts: dict[str, Any]) -> None:
    """Count a unit as received that never came, in the shop that `facts` tell of."""
    with MongoClient[dict[str, Any]](facts["mongodb"]) as client:
        client["minimall"]["stock_items"].update_one({}, {"$inc": {"received": 1}})


def look_around(facts: dict[str, Any]) -> dict[str, list[str]]:
    """Return the products of each store by its code; the pictures of the newest are served in each size."""
    shown = {}
    for store in facts["stores"]:
        named = {"X-Store": store["code"]}
        answer = requests.get(f"{facts['api']}/api/products?size=50", headers=named, timeout=10)
        products = answer.json()["data"]["list"]
        shown[store["code"]] = [product["id"] for product in products]
        assert_served(facts["api"] + products[0]["images"][0])
    return shown


def assert_served(picture: str) -> None:
    assert requests.get(picture, timeout=10).headers["Content-Type"] == "image/png"
    thumbnail = f"{picture.removesuffix('.png')}-thumbnail.webp"
    # It is made by a job, after the start.
    assert eventually(lambda: requests.get(thumbnail, timeout=10).status_code == 200, timeout_s=VARIANTS_S)


def assert_tells_of_the_day(output: str) -> None:
    assert re.search(r"search lanmei \(pinyin\)\n(.*\n)+.* confirm the receipt\n(.*\n)+.* audit log names", output)
    assert re.search(r"is completed, [1-9]\d* fen of it are back\n    audit: \d+ checks, the books balance\n", output)
    assert re.search(r"Store +一叶茶铺 +\(X-Store: demo-tea\) +staff: demo-owner\n", output)
    assert output.splitlines()[-1] == "minimall: stopped"


def test_a_shop_is_opened_ended_killed_and_opened_again(checkout: Checkout) -> None:
    port = free_port()
    assert checkout.audit() == NO_SHOP

    first = checkout.start(port)
    facts = checkout.await_open(first)
    everyone = family([first.pid])
    assert facts["api"] == f"http://127.0.0.1:{port}"
    assert {"worker", "beat"} <= set(facts["pids"])
    assert requests.get(facts["docs"], timeout=10).status_code == 200
    shown = look_around(facts)
    assert stat.S_IMODE(checkout.run_file.stat().st_mode) == 0o600
    assert stat.S_IMODE((checkout.folder / ".data" / "secrets.json").stat().st_mode) == 0o600
    assert proportional_set_size_mib(everyone) < LARGEST_MIB
    code, lines = checkout.audit()
    assert (code, lines[-1]) == (0, f"{CHECKS} checks, the books balance")
    code, lines = checkout.flask("schedules", "list")
    assert (code, [line for line in lines if line.startswith("dispatch_events")] != []) == (0, True)

    assert refusal(checkout.start(free_port())) == [
        f"minimall: this checkout is already running ({facts['api']}): stop that one first"
    ]

    first.send_signal(signal.SIGTERM)
    output, _ = first.communicate(timeout=60)
    assert first.returncode == 0, output
    assert_tells_of_the_day(output)
    assert not checkout.run_file.exists()
    assert alive(everyone) == []

    killed = checkout.start(port)
    second_facts = checkout.await_open(killed)
    everyone = family([killed.pid])
    assert (second_facts["staff"], second_facts["stores"]) == (facts["staff"], facts["stores"])
    assert look_around(second_facts) == shown
    killed.kill()
    killed.communicate(timeout=30)
    assert checkout.audit() == NO_SHOP

    recovered = checkout.start(port)
    checkout.await_open(recovered)
    assert eventually(lambda: alive(everyone) == [], timeout_s=30)
    everyone = family([recovered.pid])
    break_the_books(checkout.facts())
    code, lines = checkout.audit()
    assert (code, lines[-1]) == (1, f"2 findings in 2 of {CHECKS} checks")
    os.kill(checkout.facts()["pids"]["valkey"], signal.SIGKILL)
    output, _ = recovered.communicate(timeout=60)
    assert recovered.returncode == 1
    assert "minimall: valkey ended with code -9" in output.splitlines()[-1]
    assert alive(everyone) == []
    assert not is_listening(port)

    (*_, reason) = refusal(checkout.start(port), within_s=START_S)
    log = checkout.folder / ".data" / "logs" / "audit.log"
    assert re.fullmatch(rf"minimall: flask audit failed: 2 findings in 2 of \d+ checks \(log: {log}\)", reason)
    assert "all received is somewhere: 1" in log.read_text()


@pytest.mark.parametrize(
    ("target", "arguments"), [(["audit"], "audit"), (["flask", 'ARGS=reconcile --day "2026-11-20"'], None)]
)
def test_make_runs_commands_in_that_shop(target: list[str], arguments: str | None) -> None:
    make = ["make", "--no-print-directory", "-n", *target]
    planned = subprocess.run(make, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    expected = arguments or 'reconcile --day "2026-11-20"'
    assert planned.stdout.splitlines()[-1] == f".venv/bin/python -m ecosystem.run.flask_of_shop {expected}"


def test_the_sandbox_has_the_next_port_if_it_is_free() -> None:
    port = next(port for port in free_ports(20) if is_free(port + 1))
    assert make_plan({"PORT": str(port)}).sandbox_port == port + 1
    with socket.create_server(("127.0.0.1", port + 1)):
        assert make_plan({"PORT": str(port)}).sandbox_port != port + 1
    assert make_plan({"PORT": "65535"}).sandbox_port < 65535


def test_a_taken_port_is_one_line(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert refusal(checkout.start(port)) == [
            f"minimall: port {port} cannot be used (Address already in use): "
            "stop what has it, or choose another one, such as PORT=9000 make run"
        ]


@pytest.mark.parametrize("port", ["http", "0", "65536", "８０００", "-1"])
def test_a_port_that_is_none_is_one_line(checkout: Checkout, port: str) -> None:
    assert refusal(checkout.start(0, PORT=port)) == [
        f"minimall: PORT={port} is not a port: take a number from 1024 to 65535"
    ]


def test_a_data_folder_that_cannot_be_written_is_one_line(checkout: Checkout) -> None:
    data = checkout.folder / ".data"
    data.write_text("in the way")
    assert refusal(checkout.start(free_port())) == [
        f"minimall: cannot write in {data} (File exists): make it writable for this user"
    ]


def test_an_unreachable_database_of_the_user_is_one_line(checkout: Checkout) -> None:
    lines = refusal(checkout.start(free_port(), MONGODB_URI=f"mongodb://127.0.0.1:{free_port()}/"))
    assert len(lines) == 1
    assert lines[0].startswith("minimall: MONGODB_URI cannot be used (")
    assert lines[0].endswith("): start that server or unset it")


def test_an_unreachable_redis_of_the_user_is_one_line(checkout: Checkout) -> None:
    lines = refusal(checkout.start(free_port(), REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"))
    assert len(lines) == 1
    assert lines[0].startswith("minimall: REDIS_URL cannot be used (")
