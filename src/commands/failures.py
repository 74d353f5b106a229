"""Commands of an operator whose failures are one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup
from pymongo.errors import PyMongoError

from src.utils.errors import NotFound


class OperatorCommands(AppGroup):
    """Commands whose failures are one line."""

    def invoke(self, ctx: click.Context) -> Any:
        with _in_one_line():
            return super().invoke(ctx)


class OperatorCommand(click.Command):
    """A command whose failures are one line."""

    def invoke(self, ctx: click.Context) -> Any:
        with _in_one_line():
            return super().invoke(ctx)


@contextmanager
def _in_one_line() -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise click.ClickException("there is no such store; see flask stores save") from error
    except PyMongoError as error:
        raise click.ClickException(f"the database refused: {error}") from error
