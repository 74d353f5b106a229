"""JSON as the API speaks it: strict on the way in, fast on the way out."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import orjson
from flask import Response
from flask.json.provider import JSONProvider


class StrictJSONProvider(JSONProvider):
    """Refuses what JSON or UTF-8 does not allow, and what could not be written back."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Returns the parsed document.

        Raises:
            ValueError: not UTF-8, not JSON, NaN or Infinity, a repeated key, nested too deep, an integer beyond
                64 bits, or a lone surrogate.
        """
        text = s.decode("utf-8") if isinstance(s, bytes) else s
        try:
            document = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object_without_repeats)
            orjson.dumps(document)
        except (RecursionError, TypeError) as error:
            raise ValueError("not representable as JSON") from error
        return document

    def response(self, *args: Any, **kwargs: Any) -> Any:
        return Response(orjson.dumps(self._prepare_response_obj(args, kwargs)), mimetype="application/json")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key is repeated")
    return document
