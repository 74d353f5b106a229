"""The environment of the Python processes that work for a shop."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecosystem.embedded.ports import LOOPBACK
from ecosystem.run.development_secrets import DevelopmentSecrets
from ecosystem.run.folders import Folders
from ecosystem.run.plan import Plan

WEB_WORKERS = 2
WEB_THREADS = 8


@dataclass(frozen=True)
class Addresses:
    """Where the parts of one running shop are; `run.json` has them under these names."""

    api: str
    mongodb: str
    redis: str
    sandbox: str
    standby: str

    @classmethod
    def of(cls, plan: Plan) -> "Addresses":
        return cls(plan.api, plan.mongodb_uri, plan.redis_url, plan.sandbox, plan.standby)

    @classmethod
    def told_by(cls, facts: Mapping[str, Any]) -> "Addresses":
        """Return those of the shop that wrote the run.json `facts`."""
        return cls(**{name: facts[name] for name in cls.__dataclass_fields__})


def shop_environment(addresses: Addresses, folders: Folders, secrets: DevelopmentSecrets) -> dict[str, str]:
    """Return the environment of whatever works for the shop; what the user set otherwise stays."""
    return {
        **os.environ,
        "MINIMALL_ENV": "development",
        "PUBLIC_URL": addresses.api,
        "MONGODB_URI": addresses.mongodb,
        "REDIS_URL": addresses.redis,
        "JWT_KEYS": secrets.jwt_keys,
        "ENCRYPTION_KEYS": secrets.encryption_keys,
        "WECHAT_API_URL": addresses.sandbox,
        "WECHAT_PAY_URL": addresses.sandbox,
        "WECHAT_PAY_STANDBY_URL": addresses.standby,
        # A developer's webhook receiver is on this machine.
        "WEBHOOKS_ALLOW_PRIVATE": os.environ.get("WEBHOOKS_ALLOW_PRIVATE", "true"),
        "MEDIA_DIR": str(folders.media),
        "METRICS_DIR": "",
        "FLASK_APP": "wsgi:app",
        # The sandbox is on this machine: no proxy of the user stands between.
        "no_proxy": LOOPBACK,
    }


def server_environment(plan: Plan, folders: Folders, secrets: DevelopmentSecrets) -> dict[str, str]:
    """Return the environment of gunicorn, of Celery and of the commands of a start."""
    return {
        **shop_environment(Addresses.of(plan), folders, secrets),
        "METRICS_DIR": str(folders.metrics),
        "TRUSTED_PROXIES": "1" if plan.nginx else "0",
        "WEB_BIND": f"{LOOPBACK}:{plan.web_port}",
        "WEB_WORKERS": str(WEB_WORKERS),
        "WEB_THREADS": str(WEB_THREADS),
    }
