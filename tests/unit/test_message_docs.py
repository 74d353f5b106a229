"""The page about subscribe messages says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from src.controllers.schemas.message_templates import MessageTemplatesIn
from src.services.messages.values import MessageKind, sources_of

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "messages-and-texts.md").read_text("utf-8")
ROW = re.compile(r"^\| (all|`\w+`) \| `(\w+)` \| ([a-z_, ]+) \|$", re.M)


def test_every_source_is_documented_with_its_types() -> None:
    rows = [(occasion.strip("`"), source, types.split(", ")) for occasion, source, types in ROW.findall(PAGE)]
    for kind in MessageKind:
        documented = {source: types for occasion, source, types in rows if occasion in ("all", kind.value)}
        assert documented == {name: sorted(source.types) for name, source in sources_of(kind).items()}


def test_the_example_is_valid() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.S)
    assert MessageTemplatesIn().load(json.loads(example)["messageTemplates"])
