"""Production does not start with secrets that are missing, short or a developer's."""

from __future__ import annotations

import base64
import os
import subprocess
import sys

import pytest

from tests.e2e.server import ROOT, command

GOOD = "1:" + base64.b64encode(bytes(range(32))).decode()
SHORT = "1:" + base64.b64encode(b"too short for a key").decode()
COMPLETE = {
    "MINIMALL_ENV": "production",
    "PUBLIC_URL": "https://shop.example.com",
    "MONGODB_URI": "mongodb://127.0.0.1:9/?replicaSet=rs0",
    "REDIS_URL": "redis://127.0.0.1:9",
    "JWT_KEYS": GOOD,
    "ENCRYPTION_KEYS": GOOD,
}


@pytest.mark.parametrize("start", [command(), [sys.executable, "-c", "import wsgi"]], ids=["gunicorn", "wsgi"])
@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"JWT_KEYS": "", "ENCRYPTION_KEYS": ""}, {"JWT_KEYS", "ENCRYPTION_KEYS"}),
        ({"JWT_KEYS": SHORT, "ENCRYPTION_KEYS": SHORT}, {"JWT_KEYS", "ENCRYPTION_KEYS"}),
        ({"JWT_KEYS": f"dev-{GOOD}", "PUBLIC_URL": "http://shop.example.com"}, {"JWT_KEYS", "PUBLIC_URL"}),
        (
            {"JWT_KEYS": "", "ENCRYPTION_KEYS": f"dev-{GOOD}", "MONGODB_URI": "", "WECHAT_API_URL": "http://127.0.0.1"},
            {"JWT_KEYS", "ENCRYPTION_KEYS", "MONGODB_URI", "WECHAT_API_URL"},
        ),
    ],
    ids=["missing", "short", "development", "everything at once"],
)
def test_it_names_every_problem_and_no_value(start: list[str], variables: dict[str, str], named: set[str]) -> None:
    environ = {"PATH": os.environ["PATH"], **COMPLETE, **variables}
    refused = subprocess.run(start, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=30)
    assert refused.returncode == 1
    lines = [line.strip() for line in refused.stderr.splitlines() if line.startswith("  ")]
    assert {line.partition(":")[0] for line in lines} == named
    assert len(lines) == len(named)
    assert [value for value in environ.values() if len(value) > 20 and value in refused.stderr] == []
