"""The OpenAPI document and a page to read it, without anything from another server."""

from __future__ import annotations

from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, current_app, send_from_directory

blueprint = Blueprint("docs", __name__, url_prefix="/api")

_ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
  <meta charset="utf-8">
  <title>minimall API</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script src="docs/start.js"></script>
</body>
</html>
"""
# Without a validator: the default one is another server's, which would be told of this document.
_START = """\
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
"""


@blueprint.get("/openapi.json")
def openapi() -> Response:
    document: bytes = current_app.extensions["minimall-openapi"]
    return Response(document, mimetype="application/json")


@blueprint.get("/docs")
def page() -> Response:
    return Response(_PAGE, mimetype="text/html", headers={"Content-Security-Policy": _POLICY})


@blueprint.get("/docs/start.js")
def start() -> Response:
    return Response(_START, mimetype="text/javascript")


@blueprint.get("/docs/<path:name>")
def asset(name: str) -> Response:
    return send_from_directory(_ASSETS, name, max_age=86_400)
