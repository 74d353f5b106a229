"""Error codes: one meaning each, and each of them documented."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

from src.controllers.failures import all_failures
from src.utils.errors import ErrorCode

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "errors.md"


def test_codes_are_unique() -> None:
    assert [name for name, code in ErrorCode.__members__.items() if code.name != name] == []


def test_a_code_starts_with_its_status() -> None:
    statuses = {status.value for status in HTTPStatus if status >= 400}
    assert [code for code in ErrorCode if int(str(code.value)[:3]) not in statuses] == []
    assert [code for code in ErrorCode if code.http_status != int(str(code.value)[:3])] == []
    assert {len(str(code.value)) for code in ErrorCode} == {3, 5}


def test_every_code_is_documented_and_every_documented_one_exists() -> None:
    documented = re.findall(r"^\| (\d{3}) \| `(\d+)` \|", DOCUMENT.read_text("utf-8"), re.M)
    assert sorted(int(code) for _, code in documented) == sorted(code.value for code in ErrorCode)
    assert [row for row in documented if not row[1].startswith(row[0])] == []


def test_every_code_can_happen() -> None:
    assert {failure.code for failure in all_failures()} == {code.value for code in ErrorCode}
