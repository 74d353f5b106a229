"""What must be true before anything is started; each failure is one line that says what to do."""

import time

import redis
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from ecosystem.embedded.ports import is_listening, require_free
from ecosystem.run.errors import RunError
from ecosystem.run.folders import Folders
from ecosystem.run.plan import Plan

_REACHABLE_MS = 3000
_PREDECESSOR_S = 15


def await_predecessor(plan: Plan, folders: Folders) -> None:
    """After a hard kill the servers of the earlier start are still ending: give them time to let go of the port."""
    if not folders.run_file.exists():
        return
    deadline = time.monotonic() + _PREDECESSOR_S
    while is_listening(plan.port) and time.monotonic() < deadline:
        time.sleep(0.1)
    folders.run_file.unlink()


def check_port(plan: Plan) -> None:
    """Raise EngineError when the public port is not to be had."""
    require_free(plan.port, advice="stop what has it, or choose another one, such as PORT=9000 make run")


def check_mongodb(uri: str) -> None:
    """Raise RunError unless `uri` reaches a replica set: transactions need one."""
    try:
        with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=_REACHABLE_MS) as client:
            answer = client.admin.command("hello")
    except PyMongoError as error:
        raise RunError(f"MONGODB_URI cannot be used ({_first_clause(error)}): start that server or unset it") from None
    if "setName" not in answer and answer.get("msg") != "isdbgrid":
        raise RunError(
            "MONGODB_URI names a single server, and transactions need a replica set: start it with --replSet"
        )


def check_redis(url: str) -> None:
    """Raise RunError unless a server answers at `url`."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=_REACHABLE_MS / 1000) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise RunError(f"REDIS_URL cannot be used ({_first_clause(error)}): start that server or unset it") from None


def _first_clause(error: Exception) -> str:
    return str(error).split(", Timeout:")[0].splitlines()[0][:200]
