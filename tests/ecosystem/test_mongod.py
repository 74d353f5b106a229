"""The embedded MongoDB: a primary with transactions that survives kills and moves."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure

from ecosystem.embedded import libcurl, mongod
from ecosystem.embedded.errors import EngineError, EngineMissing
from ecosystem.embedded.mongod import await_primary, mongod_process, mongod_uri, running_mongod
from ecosystem.embedded.ports import free_port, free_ports
from tests.ecosystem.processes import is_alive

Client = MongoClient[dict[str, Any]]


@contextmanager
def connected(uri: str) -> Iterator[Client]:
    with Client(uri, serverSelectionTimeoutMS=5000) as client:
        yield client


def server_pid(client: Client) -> int:
    pid: int = client.admin.command("serverStatus")["pid"]
    return pid


def test_it_takes_transactions_and_is_gone_afterwards(tmp_path: Path) -> None:
    with running_mongod(tmp_path / "data") as uri, connected(uri) as client:
        pid = server_pid(client)
        with client.start_session() as session, session.start_transaction():
            client.shop.orders.insert_one({"_id": 1}, session=session)
            session.abort_transaction()
        assert client.shop.orders.count_documents({}) == 0
    assert not is_alive(pid)


def test_data_is_kept_when_the_port_changes(tmp_path: Path) -> None:
    first, second = free_ports(2)
    with running_mongod(tmp_path, port=first) as uri, connected(uri) as client:
        client.shop.orders.insert_one({"_id": 1})
    with running_mongod(tmp_path, port=second) as uri, connected(uri) as client:
        assert uri == mongod_uri(second)
        assert client.shop.orders.find_one() == {"_id": 1}
        assert client.nodes == {("127.0.0.1", second)}


def test_it_recovers_from_a_hard_kill(tmp_path: Path) -> None:
    port = free_port()
    with running_mongod(tmp_path, port=port) as uri, connected(uri) as client:
        client.shop.get_collection("orders").insert_one({"_id": 1})
        os.kill(server_pid(client), signal.SIGKILL)
    assert (tmp_path / "mongod.lock").read_text() != ""
    with running_mongod(tmp_path, port=port) as uri, connected(uri) as client:
        assert client.shop.orders.find_one() == {"_id": 1}


def test_it_waits_for_an_earlier_server_that_still_ends(tmp_path: Path) -> None:
    earlier_port, port = free_ports(2)
    earlier = mongod_process(tmp_path, port=earlier_port, log=tmp_path / "earlier.log")
    later = mongod_process(tmp_path, port=port, log=tmp_path / "later.log")
    earlier.start()
    await_primary(earlier, earlier_port)
    try:
        later.start()
        later.wait_until(lambda: later.exit_code == mongod._EXIT_DATA_IN_USE, timeout_s=10)
        ending = threading.Thread(target=earlier.stop)
        ending.start()
        await_primary(later, port)
        ending.join()
    finally:
        earlier.stop()
        later.stop()


def test_a_start_that_fails_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "storage.bson").write_text("not a database")
    with pytest.raises(EngineError, match="mongod ended with code"), running_mongod(tmp_path):
        pytest.fail("it must not start over a broken folder")


def test_server_side_scripts_are_refused(tmp_path: Path) -> None:
    with running_mongod(tmp_path) as uri, connected(uri) as client:
        client.shop.orders.insert_one({"_id": 1})
        with pytest.raises(OperationFailure):
            list(client.shop.orders.find({"$where": "true"}))


def test_faults_can_be_commanded_only_when_asked_for(tmp_path: Path) -> None:
    fault: dict[str, Any] = {"failCommands": ["insert"], "closeConnection": True}
    with running_mongod(tmp_path, test_commands=True) as uri, Client(uri, retryWrites=False) as client:
        client.admin.command("configureFailPoint", "failCommand", mode={"times": 1}, data=fault)
        with pytest.raises(AutoReconnect):
            client.shop.orders.insert_one({"_id": 1})
    with running_mongod(tmp_path) as uri, connected(uri) as client, pytest.raises(OperationFailure):
        client.admin.command("configureFailPoint", "failCommand", mode={"times": 1}, data=fault)


def test_without_the_wheel_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineMissing) as failure, running_mongod(tmp_path):
        pytest.fail("there is no server to start")
    assert str(failure.value) == "no embedded MongoDB for this platform: set MONGODB_URI to a replica set's URI"


def test_without_libcurl_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineMissing) as failure:
        libcurl.environment_with_libcurl(tmp_path)
    assert str(failure.value) == (
        "mongod needs libcurl: apt install libcurl4, or set MONGODB_URI to a replica set's URI"
    )


def test_without_libcurl_that_of_the_wheel_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = tmp_path / "pycurl.libs" / "libcurl-330bcbb6.so.4.8.0"
    for file in (library, tmp_path / "pycurl" / "__init__.py"):
        file.parent.mkdir()
        file.touch()
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    monkeypatch.syspath_prepend(str(tmp_path))
    for _ in range(2):
        environment = libcurl.environment_with_libcurl(tmp_path)
        assert environment is not None
        assert environment["LD_LIBRARY_PATH"] == f"{tmp_path}:{library.parent}"
        assert (tmp_path / "libcurl.so.4").resolve() == library
