"""The generated documents: `python -m ecosystem.documents` writes them anew into docs/.

A test compares the committed files with what this would write.
"""

from itertools import groupby
from pathlib import Path

from ecosystem.permission_table import permission_table
from src.app import openapi_document
from src.controllers.failures import Failure, all_failures
from src.utils import errors

FOLDER = Path(__file__).resolve().parent.parent / "docs"
_ERRORS_HEAD = """\
# Errors

Every failure is `{"code", "message", "data"}` with a truthful HTTP status. A general failure has its status as code; a
failure that a client must tell apart has five digits that start with its status. Codes are only ever added.

Messages are Chinese, or English with `Accept-Language: en`; they may be reworded, so decide by `code`. Where `data` is
not described it is `null`. A 429 and a 503 say in `Retry-After` how many seconds to wait.

| Status | Code | 中文 | English | `data` |
|---|---|---|---|---|
"""


def documents() -> dict[Path, str]:
    """Return the text of each generated document."""
    return {
        FOLDER / "openapi.json": openapi(),
        FOLDER / "errors.md": error_table(),
        FOLDER / "permissions.md": permission_table(),
    }


def openapi() -> str:
    """Return the document exactly as the application serves it."""
    return openapi_document().decode()


def error_table() -> str:
    """Return all failures as Markdown, one row per code."""
    rows = [_row(list(of_code)) for _, of_code in groupby(all_failures(), key=lambda failure: failure.code)]
    return _ERRORS_HEAD + "".join(rows)


def _row(failures: list[Failure]) -> str:
    chinese = "<br>".join(failure.chinese for failure in failures)
    english = "<br>".join(failure.english for failure in failures)
    data = "".join(_data(failure.name) for failure in failures)
    return f"| {failures[0].status} | `{failures[0].code}` | {chinese} | {english} | {data} |\n"


def _data(name: str) -> str:
    """Return what the failure's docstring says about its data."""
    about = vars(errors)[name].__doc__ or "" if name in vars(errors) else ""
    data = about.removeprefix("`data`: ").removesuffix(".") if about.startswith("`data`: ") else ""
    return data.replace("|", r"\|")  # it would end the cell


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(FOLDER.parent)}")
