"""One pipeline for all log lines: ours, gunicorn's and the libraries'."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

_SECRET_NAMES = re.compile(r"(?i)token|secret|password|session_?key|authorization|cookie|phone|openid|private|api_?v3")
# The id of a document or of a request may hold digits that could be a phone number.
_PHONE = re.compile(r"(\b(?:[0-9a-f]{24}|[0-9a-f]{32})\b)|(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")
_SECRET_TEXT = [
    re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"),
    re.compile(r"(?<=secret=)[^&\s\"']+|(?<=access_token=)[^&\s\"']+|(?<=js_code=)[^&\s\"']+"),
    re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.S),
]
_MASK = "***"


def configure_logging(level: str, output: str, *, quiet: Iterable[str] = ()) -> None:
    """Sends every logger's lines to standard error as `json` or as `console` text, redacted.

    Of the loggers named in `quiet` only warnings are heard.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_final_processors(output))
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("pymongo", "urllib3", "werkzeug", *quiet):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def redact(text: str) -> str:
    """Returns `text` without phone numbers, tokens, secrets in URLs and private keys."""
    text = _PHONE.sub(lambda found: found[1] or _MASK, text)
    for pattern in _SECRET_TEXT:
        text = pattern.sub(_MASK, text)
    return text


def _final_processors(output: str) -> list[Processor]:
    common: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    if output == "console":
        return [*common, structlog.dev.ConsoleRenderer(colors=False)]
    return [*common, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _redact_event(logger: Any, method: str, event: EventDict) -> EventDict:
    return {name: _MASK if _SECRET_NAMES.search(name) else _redact_value(value) for name, value in event.items()}


def _redact_value(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return _redact_event(None, "", value)
    if isinstance(value, (list, tuple)):
        return [_redact_value(item) for item in value]
    return value if isinstance(value, (int, float, bool, type(None))) else redact(str(value))
