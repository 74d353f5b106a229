"""Audit the shop that `make run` of this checkout serves: `python -m ecosystem.run.audit`."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ecosystem.run.development_secrets import ensure_secrets
from ecosystem.run.folders import Folders, read_json

CANNOT_AUDIT = 2


def main() -> int:
    """Return the exit code of `flask audit`: 0 when the books balance, 1 when not, 2 when that cannot be known."""
    folders = Folders(Path.cwd())
    facts = read_json(folders.run_file)
    if not facts or not is_alive(facts["pids"]["supervisor"]):
        print("minimall: no shop of this checkout is open to be audited: make run first", file=sys.stderr)
        return CANNOT_AUDIT
    command = [sys.executable, "-m", "flask", "--app", "wsgi:app", "audit"]
    return subprocess.run(command, env=environment(folders, facts), check=False).returncode


def environment(folders: Folders, facts: dict[str, Any]) -> dict[str, str]:
    """Return the environment of a process that reads the database of the shop that `facts` tell of."""
    secrets = ensure_secrets(folders)
    return {
        **os.environ,
        "MINIMALL_ENV": "development",
        "PUBLIC_URL": facts["api"],
        "MONGODB_URI": facts["mongodb"],
        "REDIS_URL": facts["redis"],
        "JWT_KEYS": secrets.jwt_keys,
        "ENCRYPTION_KEYS": secrets.encryption_keys,
        "MEDIA_DIR": str(folders.media),
        "METRICS_DIR": "",
    }


def is_alive(pid: int) -> bool:
    """Tell whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another user's
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
