"""The audit of the shop, as an operator runs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from tests.e2e.server import ROOT

AUDIT_S = 60


def assert_books_balance(environ: Mapping[str, str]) -> None:
    """Runs every check of `flask audit` on the shop of this environment."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi:app", "audit"]
    variables = {**environ, "METRICS_DIR": ""}
    result = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=AUDIT_S, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.endswith(" checks, the books balance\n")
