"""The lock files: `python -m ecosystem.locks write` brings them up to date, `check` fails when they are not.

Both start from the committed file, so a pin moves only when pyproject.toml asks for it.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path("requirements")
LOCKS: dict[str, list[str]] = {
    "base.txt": [],
    "run.txt": ["--extra", "run"],
    "dev.txt": ["--extra", "dev"],
}
# --universal: one file for every platform; no address of an index in it, so that it installs from any mirror.
OPTIONS = [
    *("--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-header"),
]


def write(folder: Path = FOLDER) -> None:
    """Bring every lock file in `folder` in line with pyproject.toml."""
    uv = Path(sys.executable).with_name("uv")
    for name, extras in LOCKS.items():
        command = [str(uv), "pip", "compile", "pyproject.toml", *extras, *OPTIONS, "-o", str(folder / name)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def stale() -> list[str]:
    """Return the names of the lock files that `write` would change."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in LOCKS:
            shutil.copy(FOLDER / name, folder)
        write(folder)
        return [name for name in LOCKS if (folder / name).read_bytes() != (FOLDER / name).read_bytes()]


def main(action: str) -> str | None:
    """Do `action` and return what is wrong, if anything."""
    if action == "write":
        write()
    elif names := stale():
        return f"{', '.join(names)} in {FOLDER}/ do not follow from pyproject.toml: run make lock"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
