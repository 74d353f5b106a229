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
    del given["MINIMALL_ENV"]  # has no default; the example is for production
    assert rows == given


def _example() -> dict[str, str]:
    text = (ROOT / "config" / "example.env").read_text("utf-8")
    lines = (line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {variable: value.strip("'") for variable, value in lines}
