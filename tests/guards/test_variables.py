"""The variables are the same in the example environment and in both readmes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_table_has_a_row_per_variable(name: str) -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", (ROOT / name).read_text("utf-8"), re.M)
    assert [variable for variable, _ in rows] == list(_example())


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_table_shows_the_defaults(name: str) -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| `([^|`]+)` \|", (ROOT / name).read_text("utf-8"), re.M))
    given = {variable: value for variable, value in _example().items() if value}
    # The example is for production; what it sets against the default is said there.
    assert rows == {**given, "MINIMALL_ENV": "development"}


def _example() -> dict[str, str]:
    text = (ROOT / "config" / "example.env").read_text("utf-8")
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
