"""docs/webhooks.md says what the code does: snippets, retries, events."""

from __future__ import annotations

import ast
import inspect
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from src.services import events
from src.services.webhooks.catalogue import EVENT_FIELDS, FAMILIES
from src.services.webhooks.endpoints import MAX_ENDPOINTS, OLD_SECRET_SIGNS
from src.services.webhooks.retrying import MAX_DEAD_DELIVERIES, MAX_FAILING, PAUSES
from src.services.webhooks.sending import MAX_EXCERPT_BYTES, Limits
from src.services.webhooks.signing import new_secret, signature

DOCUMENT = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
BODY = '{"id":"1","data":{"reason":"茶"}}'.encode()
# Which family each function of the outbox writes.
WRITERS = {
    "record_order_event": "order",
    "record_refund_event": "refund",
    "record_payment_event": "payment",
    "record_low_stock": "stock",
    "record_reconciliation_event": "reconciliation",
}


def snippet(language: str) -> str:
    (code,) = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.S)
    return str(code)


def cases(now: datetime) -> list[tuple[bool, str, str, bytes]]:
    """Returns what a verifier must say, to a secret, a header and a body."""
    secret, old = new_secret(), new_secret()
    header = signature(BODY, [secret, old], at=now)
    stamp, *_ = header.split(",")
    unsigned = [stamp, f"{stamp},v1=", f"{stamp},v0={header[-64:]}", "", "v1=", "t=,v1=", "t=x,v1=y", "=", ",,"]
    return [
        (True, secret, header, BODY),
        (True, old, header, BODY),
        (True, secret, signature(BODY, [secret], at=now), BODY),
        (True, secret, signature(BODY, [secret], at=now - timedelta(seconds=290)), BODY),
        (False, secret, signature(BODY, [secret], at=now - timedelta(seconds=310)), BODY),
        (False, secret, signature(BODY, [secret], at=now + timedelta(seconds=310)), BODY),
        (False, new_secret(), header, BODY),
        (False, secret, header, BODY + b" "),
        (False, secret, header.replace(stamp, f"{stamp[:-1]}{(int(stamp[-1]) + 1) % 10}"), BODY),
        *((False, secret, other, BODY) for other in unsigned),
    ]


def test_the_python_snippet() -> None:
    names: dict[str, Any] = {}
    exec(snippet("python"), names)
    verify: Callable[[str, str, bytes], bool] = names["is_genuine"]
    for expected, secret, header, body in cases(datetime.now(UTC)):
        assert verify(secret, header, body) is expected, header


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js")
def test_the_node_snippet(tmp_path: Path) -> None:
    asked = cases(datetime.now(UTC))
    questions = json.dumps([[secret, header, body.decode()] for _, secret, header, body in asked])
    script = f"{snippet('js')}\nconst asked = {questions}\n"
    script += "console.log(JSON.stringify(asked.map(([s, h, b]) => isGenuine(s, h, Buffer.from(b)))))"
    path = tmp_path / "verify.js"
    path.write_text(script, "utf-8")
    said = subprocess.run(["node", path], capture_output=True, text=True, check=True, timeout=30)
    assert json.loads(said.stdout) == [expected for expected, *_ in asked]


def test_the_retries() -> None:
    rows = re.findall(r"^\| (\d+) \| (?:–|(\d+) (second|minute|hour)s?) \|$", DOCUMENT, re.M)
    shown = [timedelta(**{f"{unit}s": int(number)}) for _, number, unit in rows[1:]]
    assert [int(attempt) for attempt, *_ in rows] == list(range(1, len(PAUSES) + 2))
    assert shown == list(PAUSES)


def test_the_figures() -> None:
    text = " ".join(DOCUMENT.split())
    limits = Limits()
    for sentence in (
        f"at most {MAX_ENDPOINTS} endpoints",
        f"when {MAX_DEAD_DELIVERIES} deliveries in a row were given up",
        f"nothing has arrived for {MAX_FAILING.days} days",
        f"For {OLD_SECRET_SIGNS.total_seconds() / 3600:.0f} hours every delivery",
        f"first {MAX_EXCERPT_BYTES // 1024} kB",
        f"at most {limits.connect_s:.0f} seconds for the connection and {limits.total_s:.0f} seconds in all",
    ):
        assert sentence in text


def test_the_events() -> None:
    rows = re.findall(r"^\| `([a-z]+\.[a-z]+)` \| ([^|]+) \| [^|]+ \|$", DOCUMENT, re.M)
    assert {name: tuple(re.findall(r"`(\w+)`", fields)) for name, fields in rows} == EVENT_FIELDS


def test_the_outbox_writes_no_other_types() -> None:
    families = "|".join(family.removesuffix(".*") for family in FAMILIES)
    written = set(re.findall(rf'"((?:{families})\.[a-z]+)"', inspect.getsource(events)))
    assert written == {name for name in EVENT_FIELDS if not name.startswith("payment.")}


def test_every_writer_of_the_outbox_is_in_the_table() -> None:
    assert {name for name in vars(events) if name.startswith("record_")} == set(WRITERS)


@pytest.mark.parametrize("writer", WRITERS)
def test_the_outbox_writes_the_fields_of_the_catalogue(writer: str) -> None:
    family = [fields for name, fields in EVENT_FIELDS.items() if name.startswith(f"{WRITERS[writer]}.")]
    assert names_written(getattr(events, writer)) == {field for fields in family for field in fields}


def names_written(function: Callable[..., None]) -> set[str]:
    """Returns the names that a function puts into dictionaries."""
    nodes = list(ast.walk(ast.parse(inspect.getsource(function))))
    keys = [key for node in nodes if isinstance(node, ast.Dict) for key in node.keys]
    keys += [node.slice for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)]
    return {str(key.value) for key in keys if isinstance(key, ast.Constant)}
