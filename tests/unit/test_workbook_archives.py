"""Workbooks are archives: whatever an entry is called or points to, nothing but rows comes out of one."""

from __future__ import annotations

import stat
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from src.services.sheets.failures import FileRefused, SheetRefused
from src.services.sheets.reading import lines
from src.utils.sheet_kinds import SheetFormat
from src.utils.sheet_problems import Problem
from tests.factories.sheets import with_part, xlsx_file

SHEET = "xl/worksheets/sheet1.xml"
PLAIN = xlsx_file(["a", "b"], ["1", "2"])
ROWS = [["a", "b"], ["1", "2"]]
BOMB = 100 * 2**20


def archive_of(content: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("inner.xlsx", content)
    return file.getvalue()


def linked(workbook: bytes, name: str, target: str) -> bytes:
    """Returns the workbook with a symbolic link in place of this part."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook)) as old, zipfile.ZipFile(file, "w") as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry))
        link = zipfile.ZipInfo(name)
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        new.writestr(link, target)
    return file.getvalue()


@pytest.mark.parametrize("name", ["../../evil.xml", "/tmp/evil.xml", "..\\..\\evil.xml", "xl/../../evil.xml"])
def test_an_entry_that_would_leave_its_folder_goes_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert list(lines(with_part(PLAIN, name, b"<evil/>"), SheetFormat.XLSX)) == ROWS
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not Path("/tmp/evil.xml").exists()


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../config/settings.py"])
def test_a_link_is_not_followed(target: str) -> None:
    with pytest.raises((SheetRefused, FileRefused)):
        list(lines(linked(PLAIN, SHEET, target), SheetFormat.XLSX))


def test_an_archive_inside_of_a_workbook_is_not_opened() -> None:
    nested = archive_of(archive_of(bytes(BOMB)))
    assert list(lines(with_part(PLAIN, "xl/media/inner.zip", nested), SheetFormat.XLSX)) == ROWS


def test_an_encoding_that_nobody_knows() -> None:
    for encoding in ("UTF-5", "punycode", "idna", "base64", "gb18030", "\u00fc"):
        part = f'<?xml version="1.0" encoding="{encoding}"?><worksheet/>'.encode()
        with pytest.raises(SheetRefused) as refused:
            list(lines(with_part(PLAIN, SHEET, part), SheetFormat.XLSX))
        assert refused.value.problem is Problem.UNREADABLE


def test_an_entry_that_would_begin_before_the_archive() -> None:
    place = PLAIN.index(b"PK\x05\x06") + 16
    broken = PLAIN[:place] + (2**31).to_bytes(4, "little") + PLAIN[place + 4 :]
    with pytest.raises(SheetRefused) as refused:
        list(lines(broken, SheetFormat.XLSX))
    assert refused.value.problem is Problem.UNREADABLE


def test_an_archive_of_workbooks_is_none() -> None:
    with pytest.raises(FileRefused):
        list(lines(archive_of(PLAIN), SheetFormat.XLSX))
