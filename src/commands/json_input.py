"""JSON that an operator hands over, checked as the API checks it."""

from __future__ import annotations

import json
from typing import Any, TextIO

import click
from marshmallow import Schema, ValidationError


def parse(file: TextIO) -> Any:
    try:
        return json.load(file)
    except ValueError as error:
        raise click.ClickException(f"{file.name} is not JSON: {error}") from error


def load(schema: Schema, raw: Any) -> Any:
    try:
        return schema.load(raw)
    except ValidationError as error:
        raise click.ClickException(json.dumps(error.messages, ensure_ascii=False)) from error
