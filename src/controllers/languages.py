"""The language that a caller reads."""

from __future__ import annotations

from flask import request

from src.utils.sheet_kinds import Language


def language() -> Language:
    """Returns English if Accept-Language prefers it, Chinese otherwise."""
    best = request.accept_languages.best_match(list(Language), default=Language.CHINESE)
    return Language(best)
