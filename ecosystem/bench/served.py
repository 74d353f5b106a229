"""A large store behind the application of this process, with somebody of each kind to ask it."""

import base64
import json
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from bson import ObjectId
from flask import Flask
from werkzeug.test import TestResponse

from config.settings import SECRET_BYTES, Settings, load
from ecosystem.bench.generate import CODE, DATABASE
from ecosystem.bench.reads import Read
from ecosystem.embedded.valkey import running_valkey
from ecosystem.sandbox.server import RunningSandbox, running_sandbox
from src.app import create_app, documented_policies
from src.middleware.policies import Audience
from src.models.connection import database, disconnect

_OWNER, _PASSWORD = "bench-owner", secrets.token_urlsafe(12)
_TIERS = ("ANONYMOUS", "USER", "LOGIN", "STAFF", "STAFF_LOGIN", "STAFF_ACCOUNT")
_ORDERS_OF_THE_SHOPPER = 60
Headers = dict[str, str]


class NotAnswered(Exception):
    """The application refused what it should have answered."""


@dataclass(frozen=True)
class Served:
    """The application, the store, one of its shoppers, and who makes the reads."""

    app: Flask
    store_id: ObjectId
    user_id: ObjectId
    headers: dict[Audience, Headers]
    audiences: dict[str, Audience]

    def get(self, read: Read) -> TestResponse:
        """Return the answer. Raises NotAnswered."""
        audience = self.audiences[read.rule]
        answer = self.app.test_client().get(read.path, query_string=read.query, headers=self.headers[audience])
        if answer.status_code != 200:
            raise NotAnswered(f"{read}: {answer.get_data(as_text=True)}")
        return answer


@contextmanager
def serving(mongodb_uri: str) -> Iterator[Served]:
    """Serve the store that `generate` has made there."""
    with running_valkey() as redis_url, running_sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        app = create_app(_settings(mongodb_uri, redis_url, sandbox.url, folder))
        try:
            yield _with_people(app, sandbox, Path(folder))
        finally:
            disconnect()


def _settings(mongodb_uri: str, redis_url: str, sandbox_url: str, media: str) -> Settings:
    key = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    return load(
        {
            "MINIMALL_ENV": "test",
            "PUBLIC_URL": "http://127.0.0.1:9",
            "MONGODB_URI": mongodb_uri,
            "MONGODB_DATABASE": DATABASE,
            "REDIS_URL": redis_url,
            "JWT_KEYS": f"bench:{key}",
            "ENCRYPTION_KEYS": f"bench:{key}",
            "WECHAT_API_URL": sandbox_url,
            "WECHAT_PAY_URL": sandbox_url,
            "MEDIA_DIR": media,
            "LOG_LEVEL": "ERROR",
            # One login each has to do for all reads.
            "ACCESS_TOKEN_MINUTES": "120",
            "STAFF_TOKEN_MINUTES": "60",
            **{f"RATE_LIMIT_{tier}": "1000000 per minute" for tier in _TIERS},
        }
    )


def _with_people(app: Flask, sandbox: RunningSandbox, folder: Path) -> Served:
    store_id = _save_store(app, sandbox, folder)
    owner = _post(app, "/api/staff/login", {"username": _new_owner(app, folder), "password": _PASSWORD})
    shopper = _log_in_with_wechat(app, sandbox)
    user_id = ObjectId(shopper["userId"])
    _give_orders(store_id, user_id)
    headers = {
        Audience.PUBLIC: _bearer(shopper["token"]),
        Audience.SHOPPER: _bearer(shopper["token"]),
        Audience.STAFF: _bearer(owner["token"]),
        Audience.PLATFORM: _bearer(_flask(app, "platform-keys", "create", "bench")),
    }
    audiences = {
        rule.removeprefix("GET "): policy.audience
        for rule, policy in documented_policies().items()
        if rule.startswith("GET ")
    }
    return Served(app, store_id, user_id, headers, audiences)


def _save_store(app: Flask, sandbox: RunningSandbox, folder: Path) -> ObjectId:
    """Give the store an account of the sandbox; one that has payments could not be given another."""
    account = {name: sandbox.credentials[name] for name in ("appid", "mchid")}
    database()["stores"].update_one({"code": CODE}, {"$set": account})
    file = folder / "store.json"
    facts = {"code": CODE, "name": "Bench", "hosts": [], "isDefault": True}
    file.write_text(json.dumps({**facts, **sandbox.credentials}))
    _flask(app, "stores", "save", str(file))
    store_id: ObjectId = database()["stores"].find_one({"code": CODE}, {"_id": 1})["_id"]  # type: ignore[index]
    return store_id


def _new_owner(app: Flask, folder: Path) -> str:
    username, file = f"{_OWNER}-{secrets.token_hex(4)}", folder / "password"
    file.write_text(_PASSWORD)
    _flask(app, "staff", "create", username, "--role", "owner", "--store", CODE, "--password-file", str(file))
    return username


def _log_in_with_wechat(app: Flask, sandbox: RunningSandbox) -> dict[str, Any]:
    users = f"{sandbox.url}/__sandbox__/users"
    user = requests.post(users, json={}, timeout=10).json()["user"]
    code = requests.post(f"{users}/{user}/login-code", json={}, timeout=10).json()["code"]
    return _post(app, "/api/auth/login", {"code": code})


def _give_orders(store_id: ObjectId, user_id: ObjectId) -> None:
    """Make the newest orders the shopper's, and one that was refunded."""
    newest = database()["orders"].find({"store_id": store_id}, {"_id": 1}).sort("created_at", -1)
    ids = [raw["_id"] for raw in newest.limit(_ORDERS_OF_THE_SHOPPER)]
    refund = database()["refunds"].find_one({"store_id": store_id}, sort=[("_id", -1)])
    ids += [refund["order_id"]] if refund else []
    database()["orders"].update_many({"_id": {"$in": ids}}, {"$set": {"user_id": user_id}})
    for collection in ("payments", "refunds"):
        database()[collection].update_many(
            {"store_id": store_id, "order_id": {"$in": ids}}, {"$set": {"user_id": user_id}}
        )


def _flask(app: Flask, *command: str) -> str:
    done = app.test_cli_runner().invoke(args=list(command))
    if done.exit_code:
        raise NotAnswered(f"flask {' '.join(command)}: {done.output}")
    return done.output.strip()


def _post(app: Flask, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = app.test_client().post(path, json=body, headers={"X-Store": CODE})
    if answer.status_code != 200:
        raise NotAnswered(f"{path}: {answer.get_data(as_text=True)}")
    data: dict[str, Any] = answer.get_json()["data"]
    return data


def _bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}
