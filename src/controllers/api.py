"""The envelope around every answer, in the answers themselves and in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

import flask_smorest
import marshmallow as ma
from flask import Request, current_app
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy
from werkzeug.exceptions import BadRequest as MalformedRequest

from src.middleware.errors import success_message
from src.middleware.idempotency import HEADER as IDEMPOTENCY_HEADER
from src.middleware.policies import Audience, Policy
from src.utils.errors import AppError, BadRequest, ErrorCode

View = TypeVar("View", bound=Callable[..., Any])

IDEMPOTENCY_PARAMETER = {
    "in": "header",
    "name": IDEMPOTENCY_HEADER,
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Made and kept by the client before it sends; the same key and body get the same answer.",
}


SECURITY_SCHEMES = {
    name: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"} for name in ("shopperToken", "staffToken")
}
_SECURITY = {Audience.SHOPPER: "shopperToken", Audience.STAFF: "staffToken"}


class ErrorEnvelope(ma.Schema):
    """A failure."""

    code = ma.fields.Integer(required=True, metadata={"enum": [int(code) for code in ErrorCode]})
    message = ma.fields.String(required=True)
    data = ma.fields.Raw(required=True, allow_none=True)


@cache
def envelope_of(schema_class: type[ma.Schema], *, many: bool) -> type[ma.Schema]:
    """Returns the schema of a success whose data is `schema_class`; one class each, so the document names it once."""
    nested = ma.fields.Nested(schema_class, many=many, required=True)
    return _envelope(f"{schema_class.__name__.removesuffix('Out')}{'List' if many else ''}Envelope", nested)


def _envelope(name: str, data: ma.fields.Field[Any]) -> type[ma.Schema]:
    members = {
        "code": ma.fields.Integer(required=True, metadata={"const": 0, "description": "0: success"}),
        "message": ma.fields.String(required=True, metadata={"example": "成功"}),
        "data": data,
    }
    return type(name, (ma.Schema,), members)


EmptyEnvelope = _envelope("EmptyEnvelope", ma.fields.Raw(required=True, allow_none=True, metadata={"type": "null"}))


class StrictParser(FlaskParser):
    """Reads bodies with the app's strict JSON, refuses repeated query parameters, and answers with our errors."""

    DEFAULT_VALIDATION_STATUS = 400

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        raw = req.get_data(cache=True)
        if not raw and not any(field.required for field in schema.fields.values()):
            return {}
        try:
            document = current_app.json.loads(raw)
        except ValueError:
            raise MalformedRequest() from None
        if not isinstance(document, dict):
            raise MalformedRequest()
        return document

    def load_querystring(self, req: Request, schema: ma.Schema) -> MultiDictProxy:
        repeated = [name for name, values in req.args.lists() if len(values) > 1]
        if repeated:
            raise BadRequest({"errors": {name: ["Given more than once."] for name in repeated}})
        query: MultiDictProxy = super().load_querystring(req, schema)
        return query

    def handle_error(
        self, error: ma.ValidationError, req: Any, schema: ma.Schema, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        assert isinstance(error.messages, dict), "webargs keys messages by location"
        (messages,) = error.messages.values()
        raise BadRequest({"errors": _paths(messages)})


def _paths(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    """Returns nested messages as `{"items.0.quantity": [reasons]}`."""
    if isinstance(messages, dict):
        flat: dict[str, list[str]] = {}
        for name, inner in messages.items():
            path = prefix if name == "_schema" else f"{prefix}.{name}" if prefix else str(name)
            flat |= _paths(inner, path or "_schema")
        return flat
    return {prefix: [str(reason) for reason in messages]}


class Blueprint(flask_smorest.Blueprint):
    """A blueprint whose answers are enveloped and whose failures are documented."""

    ARGUMENTS_PARSER = StrictParser()
    policy: Policy

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(self._prepare_general_doc)

    def _prepare_general_doc(self, doc: dict[str, Any], doc_info: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        responses = doc.setdefault("responses", {})
        for status in self._general_failures(has_body="requestBody" in doc):
            responses.setdefault(status, HTTPStatus(status).name)
        if scheme := _SECURITY.get(self.policy.audience):
            doc["security"] = [{scheme: []}]
        return doc

    def _general_failures(self, *, has_body: bool) -> set[int]:
        statuses = {400, 500, 503}
        if has_body:
            statuses |= {411, 413, 415}
        if self.policy.audience is not Audience.SYSTEM:
            statuses |= {404, 429}
        if self.policy.audience in _SECURITY:
            statuses.add(401)
        if self.policy.permission is not None:
            statuses.add(403)
        return statuses

    @staticmethod
    def _prepare_response_content(data: Any) -> dict[str, Any]:
        return {"code": 0, "message": success_message(), "data": data}

    @staticmethod
    def _make_doc_response_schema(schema: Any) -> Any:
        if schema is None:
            return EmptyEnvelope
        if isinstance(schema, ErrorEnvelope):
            return schema
        schema_class: type[ma.Schema] = type(schema)
        return envelope_of(schema_class, many=schema.many)

    def failures(self, *errors: type[AppError]) -> Callable[[View], View]:
        """Documents which failures a client of this operation must expect besides the general ones."""

        def decorate(view: View) -> View:
            by_status: dict[int, list[type[AppError]]] = {}
            for error in errors:
                by_status.setdefault(error.code.http_status, []).append(error)
            for status, classes in by_status.items():
                view = self._document_failure(status, classes)(view)
            return view

        return decorate

    def _document_failure(self, status: int, classes: list[type[AppError]]) -> Callable[[View], View]:
        description = "; ".join(f"{error.code.value} {error.message_en}" for error in classes)
        examples = {
            error.__name__: {"value": {"code": error.code.value, "message": error.message_zh, "data": None}}
            for error in classes
        }
        documented: Callable[[View], View] = self.alt_response(
            status, schema=ErrorEnvelope, description=description, examples=examples
        )
        return documented


class Api(flask_smorest.Api):
    """The OpenAPI document. Failures are rendered by the middleware, not by flask-smorest."""

    ERROR_SCHEMA = ErrorEnvelope
    DEFAULT_ERROR_RESPONSE_NAME = ""

    def _register_error_handlers(self) -> None:
        pass
