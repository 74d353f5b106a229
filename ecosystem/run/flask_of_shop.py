"""`python -m ecosystem.run.flask_of_shop audit`: a flask command in the shop that `make run` of this checkout has."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ecosystem.run.development_secrets import ensure_secrets
from ecosystem.run.environment import Addresses, shop_environment
from ecosystem.run.folders import Folders, read_json
from src.utils.processes import is_alive

NO_SHOP = 2


def main(arguments: Sequence[str]) -> int:
    """Return the exit code of the command, or 2 when no shop is open."""
    folders = Folders(Path.cwd())
    facts = read_json(folders.run_file)
    if not facts or not is_alive(facts["pids"]["supervisor"]):
        print("minimall: no shop of this checkout is open: make run first", file=sys.stderr)
        return NO_SHOP
    command = [sys.executable, "-m", "flask", "--app", "wsgi:app", *arguments]
    environment = shop_environment(Addresses.told_by(facts), folders, ensure_secrets(folders))
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
