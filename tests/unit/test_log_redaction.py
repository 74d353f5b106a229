"""What never reaches a log line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from src.utils.logging import configure_logging, redact

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("call 13800138000 now", "call *** now"),
        (f"token {JWT} refused", "token *** refused"),
        (
            "GET /sns/jscode2session?appid=wx1&secret=s3cr3t&js_code=0a1B",
            "GET /sns/jscode2session?appid=wx1&secret=***&js_code=***",
        ),
        ("POST /wxa?access_token=abc-DEF_1", "POST /wxa?access_token=***"),
        (f"key: {PEM}.", "key: ***."),
    ],
)
def test_secrets_in_text(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "order 20260105200000ABCDEFGHJKMNP",
        "1767580497123 ms",
        "23800138000",
        "高山乌龙茶",
        "user:6b01b9f13800138000a0bf91",
        "85ff07151ae24980bbb19579462887a2",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert redact(text) == text


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What loggers write, through the real pipeline."""
    root = logging.getLogger()
    handlers, level, configured = root.handlers, root.level, structlog.get_config()
    configure_logging("INFO", "json")
    stream = io.StringIO()
    root.handlers[0].setStream(stream)  # type: ignore[attr-defined]
    yield stream
    root.handlers, root.level = handlers, level
    structlog.configure(**configured)


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "refreshToken",
        "app_secret",
        "password",
        "session_key",
        "sessionKey",
        "Authorization",
        "Cookie",
        "phone",
        "openid",
        "api_v3_key",
        "private_key",
    ],
)
def test_a_field_with_a_secret_name_is_masked(lines: io.StringIO, name: str) -> None:
    structlog.get_logger("test").warning("happened", **{name: "canary"})
    assert json.loads(lines.getvalue())[name] == "***"
    assert "canary" not in lines.getvalue()


def test_secrets_inside_nested_values_are_masked(lines: io.StringIO) -> None:
    structlog.get_logger("test").warning(
        "happened", data={"list": [{"password": "canary"}, "13800138000", (JWT,)], "n": 1}
    )
    assert json.loads(lines.getvalue())["data"] == {"list": [{"password": "***"}, "***", ["***"]], "n": 1}


def test_an_exception_is_redacted(lines: io.StringIO) -> None:
    try:
        raise ValueError(f"bad number 13800138000 and {PEM}")
    except ValueError:
        structlog.get_logger("test").exception("failed")
    assert "bad number *** and ***" in json.loads(lines.getvalue())["exception"]
    assert "13800138000" not in lines.getvalue()


def test_an_object_is_redacted_by_its_text(lines: io.StringIO) -> None:
    structlog.get_logger("test").warning("happened", error=ValueError("13800138000"))
    assert json.loads(lines.getvalue())["error"] == "***"


def test_lines_of_libraries_go_through_the_same_pipeline(lines: io.StringIO) -> None:
    logging.getLogger("library").warning("GET https://api.example/?secret=%s", "canary")
    line = json.loads(lines.getvalue())
    assert (line["event"], line["logger"], line["level"]) == (
        "GET https://api.example/?secret=***",
        "library",
        "warning",
    )


def test_a_line_break_cannot_forge_a_line(lines: io.StringIO) -> None:
    structlog.get_logger("test").warning("happened", path='/x\n{"event": "forged"}')
    assert len(lines.getvalue().splitlines()) == 1
