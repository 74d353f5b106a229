"""Who may import whom, and under which name."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from src.utils.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_imports_obey_the_contracts() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("package", sorted(path.parent.name for path in ROOT.glob("src/*/__init__.py")))
def test_a_package_has_one_spelling(package: str) -> None:
    assert importlib.util.find_spec(f"src.{package}") is not None
    assert importlib.util.find_spec(package) is None


def test_packages_hold_a_docstring_only() -> None:
    wordy = [
        path
        for path in ROOT.glob("src/**/__init__.py")
        if path.parent.name != "controllers" and len(path.read_text("utf-8").splitlines()) > 1
    ]
    assert wordy == []


def test_the_application_is_never_installed() -> None:
    assert PROJECT["tool"]["setuptools"]["packages"] == []


def test_there_is_one_version() -> None:
    assert PROJECT["project"]["version"] == VERSION
