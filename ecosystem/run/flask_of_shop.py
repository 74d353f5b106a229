"""`python -m ecosystem.run.flask_of_shop audit`: a flask command in the shop that `make run` of this checkout has."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ecosystem.run.development_secrets import ensure_secrets
from ecosystem.run.folders import Folders, read_json

NO_SHOP = 2


def main(arguments: Sequence[str]) -> int:
    """Return the exit code of the command, or 2 when no shop is open."""
    folders = Folders(Path.cwd())
    facts = read_json(folders.run_file)
    if not facts or not is_alive(facts["pids"]["supervisor"]):
        print("minimall: no shop of this checkout is open: make run first", file=sys.stderr)
        return NO_SHOP
    command = [sys.executable, "-m", "flask", "--app", "wsgi:app", *arguments]
    return subprocess.run(command, env=environment(folders, facts), check=False).returncode


def environment(folders: Folders, facts: dict[str, Any]) -> dict[str, str]:
    """Return the environment of a process that works for the shop that `facts` tell of."""
    secrets = ensure_secrets(folders)
    return {
        **os.environ,
        "MINIMALL_ENV": "development",
        "PUBLIC_URL": facts["api"],
        "MONGODB_URI": facts["mongodb"],
        "REDIS_URL": facts["redis"],
        "JWT_KEYS": secrets.jwt_keys,
        "ENCRYPTION_KEYS": secrets.encryption_keys,
        "WECHAT_API_URL": facts["sandbox"],
        "WECHAT_PAY_URL": facts["sandbox"],
        "WEBHOOKS_ALLOW_PRIVATE": os.environ.get("WEBHOOKS_ALLOW_PRIVATE", "true"),
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
    sys.exit(main(sys.argv[1:]))
