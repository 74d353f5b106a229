"""The envelope around every answer, and the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any, NoReturn, TypeVar

import flask_smorest
import marshmallow as ma
from flask import Flask, Request, current_app
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy
from werkzeug.exceptions import BadRequest as MalformedRequest

from src.controllers.envelopes import envelope_of
from src.controllers.openapi import HEADERS, PARAMETERS, SECURITY_SCHEMES, CamelCasePaths, Operation, complete
from src.controllers.openapi_callers import with_callers
from src.controllers.openapi_schemas import ATTRIBUTES, example_of
from src.controllers.path_ids import IdConverter, document_id
from src.controllers.schemas.fields import Id
from src.middleware.errors import success_message
from src.middleware.policies import Policy
from src.utils.errors import AppError, BadRequest

MAX_ERRORS = 50
View = TypeVar("View", bound=Callable[..., Any])


class StrictParser(FlaskParser):
    """Reads bodies with the app's strict JSON, refuses repeated query parameters, and answers with our errors."""

    DEFAULT_VALIDATION_STATUS = 400
    # webargs ignores what a query's schema does not name; ours says what happens to it.
    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {"json": None, "query": None}

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
        raise BadRequest({"errors": dict(islice(_paths(messages).items(), MAX_ERRORS))})


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
    """A blueprint whose answers are enveloped and whose operations are fully documented."""

    ARGUMENTS_PARSER = StrictParser()
    policy: Policy

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(self._complete_doc)

    def operation(
        self, operation_id: str, *failures: type[AppError], idempotent: bool = False, conditional: bool = False
    ) -> Callable[[View], View]:
        """Documents a view: its name for ever, and its failures besides those that its policy brings.

        Every view needs it: without it the application does not start.
        """

        def decorate(view: View) -> View:
            # Of its own: the decorator below may have handed its view the same dictionary.
            operation = Operation(operation_id, failures, idempotent, conditional)
            documented = {**getattr(view, "_apidoc", {}), "operation": operation}
            view._apidoc = documented  # type: ignore[attr-defined]
            return view

        return decorate

    def arguments(
        self, schema: type[ma.Schema], *, location: str = "json", **documented: Any
    ) -> Callable[[View], View]:
        """As in flask-smorest; a body is required if one of its fields is, and comes with an example."""
        fields = schema()
        if location == "json":
            documented.setdefault("required", any(field.required for field in fields.fields.values()))
            documented.setdefault("example", example_of(fields))
        decorator: Callable[[View], View] = super().arguments(schema, location=location, **documented)
        return decorator

    def response(self, status: int, schema: Any = None, **documented: Any) -> Callable[[View], View]:
        """As in flask-smorest, with an example."""
        enveloped = envelope_of(schema() if isinstance(schema, type) else schema)
        if isinstance(enveloped, type):
            documented.setdefault("example", example_of(enveloped()))
        decorator: Callable[[View], View] = super().response(status, schema, **documented)
        return decorator

    def _complete_doc(
        self, doc: dict[str, Any], doc_info: dict[str, Any], *, spec: Any, **kwargs: Any
    ) -> dict[str, Any]:
        # Its entries win over what is returned here.
        docstring: dict[str, str] = doc_info["docstring"]
        docstring["description"] = with_callers(docstring.get("description"), self.policy)
        return complete(doc, doc_info["operation"], self.policy, components=spec.components)

    @staticmethod
    def _prepare_response_content(data: Any) -> dict[str, Any]:
        return {"code": 0, "message": success_message(), "data": data}

    @staticmethod
    def _make_doc_response_schema(schema: Any) -> Any:
        return envelope_of(schema)


class Api(flask_smorest.Api):
    """The OpenAPI document. Failures are rendered by the middleware, not by flask-smorest."""

    DEFAULT_ERROR_RESPONSE_NAME = ""

    def __init__(self, app: Flask, **info: Any) -> None:
        super().__init__(app, spec_kwargs={"info": info, "flask_plugin": CamelCasePaths()})
        for attribute in ATTRIBUTES:
            self.ma_plugin.converter.add_attribute_function(attribute)
        self.register_converter(IdConverter, document_id)
        self.register_field(Id, "string", None)
        components = self.spec.components
        for name, scheme in SECURITY_SCHEMES.items():
            components.security_scheme(name, scheme)
        for name, parameter in PARAMETERS.items():
            components.parameter(name, "header", parameter)
        for name, header in HEADERS.items():
            components.header(name, header)

    def _register_error_handlers(self) -> None:
        """Nothing: src.middleware.errors renders all failures."""

    def _register_responses(self) -> None:
        """Nothing: src.controllers.openapi makes each response that an operation needs."""

    def _register_etag_headers(self) -> None:
        """Nothing: what has an ETag says so itself."""

    def _register_pagination_header(self) -> None:
        """Nothing: pages say so in their bodies."""
