"""What is wrong in a file, in words."""

from __future__ import annotations

from src.models.import_findings import ImportFinding
from src.services.imports.product_columns import COLUMNS
from src.utils.sheet_kinds import Language
from src.utils.sheet_problems import Problem

_CHOICES = {column.name: column.choices for column in COLUMNS if column.choices}


def message_of(finding: ImportFinding, language: Language) -> str:
    """Returns what is wrong, and where there are few words to choose from, which."""
    text = finding.problem.text(language)
    if finding.problem is not Problem.INVALID or finding.column not in _CHOICES:
        return str(text)
    words = _CHOICES[finding.column][language]
    return f"{text} One of: {', '.join(words)}." if language is Language.ENGLISH else f"{text}：{'、'.join(words)}"
